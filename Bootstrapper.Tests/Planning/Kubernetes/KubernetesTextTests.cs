using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Kubernetes;

/// <summary>What the programs that read them say of the texts that are not Kubernetes' own: the unit, the proxy's configuration, the script.</summary>
public sealed class KubernetesTextTests
{
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(6)]
    public void Systemd_finds_nothing_wrong_with_the_kubelets_unit(int number)
    {
        using var folder = new TemporaryFolder();
        // The programs are on the nodes, not here; the verifier wants to see them.
        var unit = KubernetesClusters.Plan(number).Units.Single(unit => unit.Name == "kubelet.service").Content!
            .Replace("=/opt/bin/kubelet", "=/bin/true", StringComparison.Ordinal).Replace("=/etc/kubernetes/vip/place", "=/bin/true", StringComparison.Ordinal)
            .Replace("=-/usr/sbin/modprobe", "=/bin/true", StringComparison.Ordinal);
        var result = Tool.Run("systemd-analyze", ["verify", "--man=no", folder.Write("kubelet.service", unit)]);
        Assert.That(result.Errors.Split('\n').Where(line => line.Contains(folder.Path, StringComparison.Ordinal) || line.Contains("kubelet", StringComparison.Ordinal)), Is.Empty, unit);
    }

    [Test]
    public void The_kubelet_waits_for_every_key_certificate_and_secret_of_its_machine()
    {
        foreach (var number in new[] { 1, 2, 3, 6 })
        {
            var plan = KubernetesClusters.Plan(number);
            var needed = plan.Certificates.Where(one => one.CertificatePath.StartsWith("/etc/kubernetes/", StringComparison.Ordinal)).SelectMany(one => new[] { one.KeyPath, one.CertificatePath })
                .Concat(plan.Secrets.Select(one => one.Path));
            var unit = plan.Units.Single(unit => unit.Name == "kubelet.service").Content!.Split('\n');
            Assert.That(unit.Where(line => line.StartsWith("ConditionPathExists=", StringComparison.Ordinal)).Select(line => line.Split('=')[1]), Is.EquivalentTo(needed));
            Assert.That(plan.Files.Single(file => file.Path == "/etc/sextant/enroll").Content, Does.Match("waiting='[^']*kubelet.service[^']*'"));
        }
    }

    [Test]
    public void Haproxy_takes_the_proxys_configuration()
    {
        using var folder = new TemporaryFolder();
        // haproxy opens the authority's file when it reads its configuration.
        var authority = folder.At("ca.crt");
        var key = folder.At("ca.key");
        Assert.That(Tool.Run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ca", "-keyout", key, "-out", authority]).Status, Is.Zero);
        var configuration = KubernetesClusters.Plan(3).Text("/etc/kubernetes/proxy/haproxy.cfg").Replace("/etc/kubernetes/pki/ca.crt", authority, StringComparison.Ordinal);
        var result = Tool.Run("haproxy", ["-c", "-q", "-f", folder.Write("haproxy.cfg", configuration)]);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(result.Errors, Does.Not.Contain("WARNING"), result.ToString());
        Assert.That(Tool.Run("haproxy", ["-c", "-q", "-f", folder.Write("bad.cfg", configuration.Replace("leastconn", "leastcon", StringComparison.Ordinal))]).Status, Is.Not.Zero, "it looks");
    }

    [TestCase("dash")]
    [TestCase("bash")]
    public void The_virtual_address_is_placed_on_the_interface_with_the_machines_own(string shell)
    {
        using var folder = new TemporaryFolder();
        var plan = KubernetesClusters.Plan(2);
        var script = folder.Write("place", plan.Text("/etc/kubernetes/vip/place"));
        var source = folder.Write("source/kube-vip.yaml", plan.Text("/etc/kubernetes/vip/kube-vip.yaml"));
        var target = folder.Write("manifests/kube-vip.yaml", "old");
        var ip = folder.Write("bin/ip", "#!/bin/sh\n[ \"$*\" = '-o -4 address show to 10.0.0.12/32' ] || exit 1\n[ -e \"$0.none\" ] || echo '3: enp5s0f1.20    inet 10.0.0.12/24 brd 10.0.0.255 scope global enp5s0f1.20'\n");
        File.SetUnixFileMode(ip, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{folder.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}", ["SEXTANT_VIP_SOURCE"] = source, ["SEXTANT_VIP_TARGET"] = target,
        };
        Assert.That(Tool.Run(shell, [script], environment: environment).Status, Is.Zero);
        var placed = File.ReadAllText(target);
        Assert.That(KubernetesManifests.Faults(placed), Is.Empty);
        Assert.That(placed, Does.Contain("name: vip_interface\n          value: \"enp5s0f1.20\"\n").And.Contain("name: address\n          value: \"10.0.0.5\"\n"));
        Assert.That(Directory.GetFiles(folder.At("manifests")), Is.EqualTo(new[] { target }), "the kubelet would start a second pod");

        var written = File.GetLastWriteTimeUtc(target);
        Assert.That(Tool.Run(shell, [script], environment: environment).Status, Is.Zero);
        Assert.That(File.GetLastWriteTimeUtc(target), Is.EqualTo(written), "a pod that runs is left alone");

        folder.Write("bin/ip.none", "");
        var early = Tool.Run(shell, [script], environment: environment);
        Assert.That((early.Status, early.Errors), Is.EqualTo((1, "no interface has the address 10.0.0.12 yet\n")));
    }
}
