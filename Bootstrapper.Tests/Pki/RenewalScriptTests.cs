using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

/// <summary>The node's own script against the appliance, over HTTPS with the machine's certificate: everything but the disk's place is as on a node.</summary>
[TestFixture, Category("Long")]
[SupportedOSPlatform("linux")]
public sealed class RenewalScriptTests
{
    private static readonly TimeSpan NearItsEnd = TimeSpan.FromMinutes(2); // of seven, because certificates begin five minutes in the past
    private static readonly string Owner = $"{Tool.Run("id", ["-u"]).Output.Trim()}:{Tool.Run("id", ["-g"]).Output.Trim()}";

    private ServedAppliance appliance = null!;
    private TemporaryFolder disk = null!;
    private PlannedCertificate[] planned = null!;

    private PlannedCertificate Server => planned.Single(one => one.Name == "etcd-server");

    [SetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync();
        await appliance.EnrolAsync(1);
        disk = new TemporaryFolder();
        var plan = appliance.Plan.Value.For(ServedAppliance.Mac(1), null)!;
        NodeDisk.Write(disk.Path, appliance.Plan.Value, plan, appliance.Authorities, appliance.Time.GetUtcNow());
        planned = [.. plan.Certificates.Select(one => one with { KeyPath = disk.Path + one.KeyPath, CertificatePath = disk.Path + one.CertificatePath, Owner = Owner })];
        WriteList(planned);
        disk.Write("tmp/keep", "");
    }

    [TearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
        disk.Dispose();
    }

    [Test]
    public void Nothing_happens_while_more_than_a_third_of_the_life_is_left()
    {
        var before = Snapshot();
        var result = Renew();
        Assert.That((result.Status, result.Output), Is.EqualTo((0, "")), result.ToString());
        Assert.That(Snapshot(), Is.EqualTo(before));
        Assert.That(Renewals(), Is.Empty);
    }

    [Test]
    public void What_is_near_its_end_gets_a_new_key_and_a_new_certificate_again_and_again()
    {
        for (var turn = 0; turn < 2; turn++)
        {
            foreach (var one in planned) Age(one);
            var old = planned.ToDictionary(one => one.Name, one => (File.ReadAllText(one.KeyPath), File.ReadAllText(one.CertificatePath)));
            var result = Renew();
            Assert.That(result.Status, Is.Zero, result.ToString());
            Assert.Multiple(() =>
            {
                foreach (var one in planned)
                {
                    using var certificate = Pair(one);
                    Assert.That(certificate.NotAfter.ToUniversalTime(), Is.GreaterThan(DateTime.UtcNow.AddDays(360)), one.Name);
                    Assert.That(File.ReadAllText(one.KeyPath), Is.Not.EqualTo(old[one.Name].Item1), $"{one.Name}: a new key");
                    Assert.That(File.ReadAllText(one.CertificatePath), Is.Not.EqualTo(old[one.Name].Item2), one.Name);
                    Assert.That(Convert.ToString((int)File.GetUnixFileMode(Target(one.KeyPath)), 8), Is.EqualTo("600"), one.Name);
                    Assert.That(Convert.ToString((int)File.GetUnixFileMode(Target(one.CertificatePath)), 8), Is.EqualTo("644"), one.Name);
                    Assert.That(Convert.ToString((int)File.GetUnixFileMode(Path.GetDirectoryName(Target(one.KeyPath))!), 8), Is.EqualTo("755"), "its owner gets in");
                    Assert.That(new FileInfo(one.KeyPath).LinkTarget, Is.EqualTo($".{one.Name}/key"), "within the folder, which pods mount");
                }
                Assert.That(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(planned.Length).And.All.Matches("^[a-z-]+: renewed until 20"));
            });
            NothingIsLeftOver();
        }
        Assert.That(Renewals().Count(), Is.EqualTo(2 * planned.Length));
        Assert.That(Renew().Output, Is.Empty, "nothing more to do");
    }

    [TestCase("certificate lost")]
    [TestCase("key lost")]
    [TestCase("not a pair")]
    [TestCase("garbage")]
    public void A_damaged_pair_is_replaced_at_once(string damage)
    {
        switch (damage)
        {
            case "certificate lost": File.Delete(Server.CertificatePath); break;
            case "key lost": File.Delete(Server.KeyPath); break;
            case "not a pair": File.Copy(planned.Single(one => one.Name == "etcd-peer").KeyPath, Server.KeyPath, overwrite: true); break;
            default: File.WriteAllText(Server.CertificatePath, "garbage"); break;
        }
        var result = Renew();
        Assert.That((result.Status, Renewals()), Is.EqualTo((0, new[] { "etcd-server" })), result.ToString());
        Pair(Server).Dispose();
        NothingIsLeftOver();
    }

    [Test]
    public void A_machine_that_was_taken_out_of_the_file_gets_nothing_and_keeps_what_it_has()
    {
        var plan = appliance.Plan.Value;
        appliance.Plan.Value = PlannedClusters.Plan(plan.Description with { Nodes = [.. plan.Description.Nodes.Skip(1)] }, plan.Anchors);
        Age(Server);
        var before = Snapshot();
        var result = Renew();
        Assert.That(result.Status, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("etcd-server refused: Refused for").And.Contain(Words.Of(RefusalReason.UnknownMachine)));
        Assert.That(Snapshot(), Is.EqualTo(before));
    }

    [Test]
    public void Without_an_answer_from_the_pinned_authority_everything_stays()
    {
        Age(Server);
        var before = Snapshot();
        disk.Write("etc/sextant/sextant-ca.crt", appliance.Authorities.Anchors.Pem[CertificateAuthorityName.Etcd]);
        var result = Renew();
        Assert.That(result.Status, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("etcd-server: not yet (HTTP 000)").And.Contain("certificate"));
        disk.Write("etc/sextant/sextant-ca.crt", appliance.Authorities.Anchors.Pem[CertificateAuthorityName.Sextant]);
        Assert.That(Snapshot(), Is.EqualTo(before));
    }

    [Test]
    public void A_certificate_is_never_replaced_by_one_that_ends_earlier()
    {
        IssuedPair.Of(
            appliance.Authorities[Server.Authority], CertificateProfile.Of(Server), DateTimeOffset.UtcNow.AddYears(-6), Server.KeyPath, Server.CertificatePath, TimeSpan.FromDays(8 * 365));
        var before = Snapshot();
        var result = Renew();
        Assert.That(result.Status, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("etcd-server: the new certificate ends no later than the one in use"));
        Assert.That(Snapshot(), Is.EqualTo(before));
    }

    [Test]
    public void Killed_before_any_step_it_leaves_a_pair_that_belongs_together_and_the_next_run_completes()
    {
        WriteList([Server]);
        InstallKillers("mktemp", "chmod", "chown", "sync", "mv", "ln", "cp", "rm");
        var kills = 0;
        while (true)
        {
            // Where it begins: as the enrolment left it.
            foreach (var left in Directory.GetFileSystemEntries(Path.GetDirectoryName(Server.KeyPath)!, "*etcd-server*")) Delete(left);
            Delete(Server.KeyPath);
            Delete(Server.CertificatePath);
            Age(Server);
            var killed = Renew(killAt: kills + 1);
            if (killed.Status == 0) break;
            Assert.That(killed.Status, Is.EqualTo(137), killed.ToString());
            kills++;
            Pair(Server).Dispose();

            var completed = Renew();
            Assert.That(completed.Status, Is.Zero, $"after kill {kills}: {completed}");
            using var certificate = Pair(Server);
            Assert.That(certificate.NotAfter.ToUniversalTime(), Is.GreaterThan(DateTime.UtcNow.AddDays(360)), $"after kill {kills}");
            NothingIsLeftOver();
            if (kills % 4 == 0) appliance.Time.Advance(RenewalLimit.Window);
        }
        Assert.That(kills, Is.GreaterThan(15), "it was killed");
    }

    private Tool.Result Renew(int killAt = 0)
    {
        File.WriteAllText(disk.At("count"), "0");
        var environment = new Dictionary<string, string>
        {
            ["SEXTANT_ETC"] = disk.At("etc", "sextant"), ["TMPDIR"] = disk.At("tmp"), ["COUNT"] = disk.At("count"), ["VICTIM"] = disk.At("victim"),
            ["KILL_AT"] = killAt.ToString(System.Globalization.CultureInfo.InvariantCulture), ["PATH"] = $"{disk.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        return Tool.Run("sh", ["-c", $"echo $$ >'{disk.At("victim")}'; exec sh '{disk.At("etc", "sextant", "renew")}'"], "", environment);
    }

    /// <summary>Programs that count their calls, all of them together, and kill the script instead of doing their work at one of them.</summary>
    private void InstallKillers(params string[] names)
    {
        foreach (var name in names)
        {
            var path = disk.Write($"bin/{name}",
                $"""
                #!/bin/sh
                read -r n <"$COUNT"
                n=$((n + 1))
                echo "$n" >"$COUNT"
                if [ "$n" -eq "$KILL_AT" ]; then
                    read -r victim <"$VICTIM"
                    kill -9 "$victim"
                    exit 1
                fi
                exec /usr/bin/{name} "$@"

                """);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The certificate is near its end from now on.</summary>
    private void Age(PlannedCertificate one) =>
        IssuedPair.Of(appliance.Authorities[one.Authority], CertificateProfile.Of(one), DateTimeOffset.UtcNow, one.KeyPath, one.CertificatePath, NearItsEnd);

    private static X509Certificate2 Pair(PlannedCertificate one) => X509Certificate2.CreateFromPemFile(one.CertificatePath, one.KeyPath);

    private static string Target(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    private IEnumerable<string> Renewals() => appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<CertificateRenewed>().Select(renewed => renewed.Name);

    private void WriteList(IEnumerable<PlannedCertificate> certificates) => disk.Write(
        "etc/sextant/enroll.conf",
        "# name, key file, certificate file, owner of both\n" + string.Concat(certificates.Select(one => $"{one.Name} {one.KeyPath} {one.CertificatePath} {one.Owner}\n"))
        + $"service-account-key - {disk.At("etc", "nothing")} {Owner}\n");

    /// <summary>Every file of the certificates' folders with its content; links by where they lead.</summary>
    private SortedDictionary<string, string> Snapshot() => new(
        planned.Select(one => Path.GetDirectoryName(one.CertificatePath)!).Distinct()
            .SelectMany(folder => Directory.GetFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
            .Where(path => !path.EndsWith("/.renewing", StringComparison.Ordinal))
            .ToDictionary(path => path, path => new FileInfo(path).LinkTarget ?? (File.Exists(path) ? File.ReadAllText(path) : "folder")), StringComparer.Ordinal);

    private void NothingIsLeftOver()
    {
        foreach (var one in planned.Where(one => new FileInfo(one.CertificatePath).LinkTarget is not null))
        {
            var folder = Path.GetDirectoryName(one.CertificatePath)!;
            var link = Path.Combine(folder, $".{one.Name}");
            Assert.That(
                Directory.GetFileSystemEntries(folder, $".{one.Name}*").Where(path => path[link.Length..] is "" or ['.', ..]).Order(StringComparer.Ordinal),
                Is.EqualTo(new[] { link, Path.Combine(folder, new FileInfo(link).LinkTarget!) }), one.Name);
        }
        Assert.That(
            planned.Select(one => Path.GetDirectoryName(one.CertificatePath)!).Distinct()
                .SelectMany(folder => Directory.GetFileSystemEntries(folder, "*.new", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })), Is.Empty);
    }

    private static void Delete(string path)
    {
        if (new FileInfo(path).LinkTarget is null && Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }
}
