using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Sextant.Tests.Cli;

[TestFixture]
public sealed class KubeconfigCommandTests
{
    private static readonly DateTimeOffset Now = new(DateTimeOffset.UtcNow.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    private TemporaryFolder folder = null!;
    private SiteAuthorities authorities = null!;

    private string Config => folder.At("home", ".kube", "config");

    [SetUp]
    public void Start()
    {
        folder = new TemporaryFolder();
        authorities = ((SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(folder.At("state"), Now, NullLogger.Instance)).Authorities;
        File.Copy(Repository.PathOf("cluster-desc.example.yaml"), folder.At("cluster-desc.yaml"));
    }

    [TearDown]
    public void Stop()
    {
        authorities.Dispose();
        folder.Dispose();
    }

    [Test]
    public void What_is_printed_lets_the_user_in_for_eight_hours()
    {
        var (status, text, errors) = Run();
        Assert.That((status, errors), Is.EqualTo((0, "")));
        var document = Read(text);
        var cluster = Named(document, "clusters", "lab", "cluster");
        var user = Named(document, "users", "lab-admin", "user");
        Assert.Multiple(() =>
        {
            Assert.That((document["apiVersion"], document["kind"], document["current-context"]), Is.EqualTo(("v1", "Config", "lab")));
            Assert.That(Named(document, "contexts", "lab", "context"), Is.EquivalentTo(new Dictionary<object, object> { ["cluster"] = "lab", ["user"] = "lab-admin" }));
            Assert.That(cluster["server"], Does.Match(@"^https://[0-9.]+:6443$"));
            Assert.That(Decoded(cluster["certificate-authority-data"]), Is.EqualTo(authorities[CertificateAuthorityName.Kubernetes].CertificatePem));
        });
        using var certificate = X509Certificate2.CreateFromPem(Decoded(user["client-certificate-data"]), Decoded(user["client-key-data"]));
        Assert.Multiple(() =>
        {
            Assert.That(certificate.Subject, Is.EqualTo("CN=alice, O=system:masters").Or.EqualTo("O=system:masters, CN=alice"));
            Assert.That(certificate.NotAfter.ToUniversalTime(), Is.EqualTo((Now + TimeSpan.FromHours(8)).UtcDateTime));
            Assert.That(certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Select(usage => usage.Value), Is.EqualTo(new[] { "1.3.6.1.5.5.7.3.2" }));
        });
        var issuer = folder.Write("ca.crt", authorities[CertificateAuthorityName.Kubernetes].CertificatePem);
        Assert.That(Tool.Run("openssl", ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", issuer, folder.Write("leaf.crt", certificate.ExportCertificatePem())]).Status, Is.Zero);
    }

    [TestCase("10.0.0.9", "https://10.0.0.9:6443")]
    [TestCase("api.example.com:443", "https://api.example.com:443")]
    [TestCase("api.example.com:8443", "https://api.example.com:8443")]
    public void The_server_is_the_one_that_was_named(string server, string expected) =>
        Assert.That(Named(Read(Run(server: server).Output), "clusters", "lab", "cluster")["server"], Is.EqualTo(expected));

    [Test]
    public void Without_a_name_it_is_the_virtual_address_and_else_the_first_masters()
    {
        var path = folder.At("cluster-desc.yaml");
        var text = string.Join('\n', File.ReadAllLines(path).Where(line => !line.StartsWith("api:", StringComparison.Ordinal) && !line.TrimStart().StartsWith("vip:", StringComparison.Ordinal)));
        File.WriteAllText(path, text);
        var first = ((Sextant.Cluster.ClusterFile.Load(path).Description) ?? throw new InvalidOperationException(text)).Nodes.First(node => node.Has(Sextant.Cluster.NodeRole.KubeMaster));
        Assert.That(Named(Read(Run().Output), "clusters", "lab", "cluster")["server"], Is.EqualTo($"https://{first.Address}:6443"));
        var vip = Sextant.Primitives.Ipv4Address.Parse("192.0.2.200");
        File.AppendAllText(path, $"\napi:\n  vip: {vip}\n");
        Assert.That(Named(Read(Run().Output), "clusters", "lab", "cluster")["server"], Is.EqualTo($"https://{vip}:6443"));
    }

    [Test]
    public void A_new_file_is_made_with_the_folders_it_needs_for_its_owner_alone()
    {
        var (status, output, errors) = Run(merge: Config);
        Assert.That((status, errors), Is.EqualTo((0, "")));
        Assert.That(output, Is.EqualTo($"{Config}: context lab ({Named(Read(File.ReadAllText(Config)), "clusters", "lab", "cluster")["server"]}), as alice until {Now.AddHours(8):yyyy-MM-dd HH:mm} UTC\n"));
        Assert.That(File.GetUnixFileMode(Config), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Read(File.ReadAllText(Config))["current-context"], Is.EqualTo("lab"));
    }

    private const string Existing = """
        apiVersion: v1
        kind: Config
        preferences: {colors: true}
        current-context: "other"
        clusters:
        - name: other
          cluster: {server: "https://other:6443", insecure-skip-tls-verify: true}
        - name: lab
          cluster: {server: "https://old:6443", certificate-authority: /etc/old.crt}
        users:
        - name: "0123"
          user: {token: "00123", exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks, "yes", '1.0']}}
        contexts:
        - name: other
          context: {cluster: other, user: "0123", namespace: web}
        extensions: []

        """;

    [Test]
    public void Merging_replaces_what_is_called_the_same_and_keeps_everything_else()
    {
        folder.Write("home/.kube/config", Existing);
        for (var turn = 0; turn < 2; turn++)
        {
            Assert.That(Run(merge: Config).Status, Is.Zero);
            var (before, after) = (Read(Existing), Read(File.ReadAllText(Config)));
            Assert.Multiple(() =>
            {
                Assert.That(after["current-context"], Is.EqualTo("other"), "without --set-current");
                foreach (var key in new[] { "apiVersion", "kind", "preferences", "extensions" }) Assert.That(after[key], Is.EqualTo(before[key]), key);
                Assert.That(((List<object>)after["clusters"]).Count, Is.EqualTo(2));
                Assert.That(Named(after, "clusters", "other", "cluster"), Is.EqualTo(Named(before, "clusters", "other", "cluster")));
                Assert.That(Named(after, "clusters", "lab", "cluster").Keys, Is.EquivalentTo(new[] { "server", "certificate-authority-data" }));
                Assert.That(Named(after, "users", "0123", "user"), Is.EqualTo(Named(before, "users", "0123", "user")));
                Assert.That(((List<object>)after["users"]).Count, Is.EqualTo(2));
                Assert.That(File.ReadAllText(Config), Does.Contain("\"00123\"").And.Contain("\"yes\"").And.Contain("'1.0'"), "what is quoted stays text");
                Assert.That(File.GetUnixFileMode(Config), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            });
        }
        Assert.That(Run(merge: Config, setCurrent: true).Status, Is.Zero);
        Assert.That(Read(File.ReadAllText(Config))["current-context"], Is.EqualTo("lab"));
    }

    [Test]
    public void JSON_and_empty_lists_are_kubeconfigs_too()
    {
        folder.Write("home/.kube/config", """{"apiVersion":"v1","kind":"Config","clusters":null,"users":[],"contexts":[{"name":"x","context":{"cluster":"x","user":"x"}}],"current-context":""}""");
        Assert.That(Run(merge: Config).Status, Is.Zero);
        var document = Read(File.ReadAllText(Config));
        Assert.That((Named(document, "contexts", "x", "context")["user"], document["current-context"]), Is.EqualTo(("x", "lab")));
        Assert.That(Named(document, "clusters", "lab", "cluster"), Is.Not.Empty);
    }

    [TestCase("clusters: [\n", "line")]
    [TestCase("- a\n- b\n", "kind Config")]
    [TestCase("kind: Pod\napiVersion: v1\n", "kind Config")]
    [TestCase("kind: Config\nclusters: {a: b}\n", "'clusters' is not a list")]
    [TestCase("kind: Config\nusers: [text]\n", "'users' is not a list")]
    [TestCase("kind: Config\n---\nkind: Config\n", "more than one document")]
    public void A_file_that_is_no_kubeconfig_is_refused_and_left_as_it_is(string content, string problem)
    {
        folder.Write("home/.kube/config", content);
        var (status, _, errors) = Run(merge: Config);
        Assert.That((status, errors), Is.EqualTo((1, errors)));
        Assert.That(errors, Does.StartWith(Config + ": ").And.Contain(problem).And.EndsWith("it is left as it was\n"));
        Assert.That(File.ReadAllText(Config), Is.EqualTo(content));
        Assert.That(Directory.GetFiles(folder.At("home", ".kube")), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_link_stays_a_link_and_the_file_stays_its_owners()
    {
        var real = folder.Write("real", Existing);
        Directory.CreateDirectory(folder.At("home", ".kube"));
        File.CreateSymbolicLink(Config, real);
        if (Environment.IsPrivilegedProcess) Assert.That(Tool.Run("chown", ["12345:23456", real]).Status, Is.Zero);
        var owner = Tool.Run("stat", ["-c", "%u:%g", real]).Output;
        Assert.That(Run(merge: Config).Status, Is.Zero);
        Assert.That(new FileInfo(Config).LinkTarget, Is.EqualTo(real));
        Assert.That(Tool.Run("stat", ["-c", "%u:%g %a", real]).Output, Is.EqualTo(owner.TrimEnd() + " 600\n"));
        Assert.That(File.ReadAllText(real), Does.Contain("lab-admin"));
    }

    [Test]
    public void Without_the_authority_it_says_where_to_run_it()
    {
        var (status, output, errors) = Run(state: folder.At("elsewhere"));
        Assert.That((status, output), Is.EqualTo((1, "")));
        Assert.That(errors, Does.Contain(folder.At("elsewhere")).And.Contain("on the bootstrapper").And.Contain("as root").And.Contain("--state"));
        Assert.That(Directory.Exists(folder.At("elsewhere")), Is.False, "it makes nothing");
    }

    [TestCase("kubeconfig")]
    [TestCase("kubeconfig f --lifetime 31d")]
    [TestCase("kubeconfig f --lifetime 0s")]
    [TestCase("kubeconfig f --lifetime soon")]
    [TestCase("kubeconfig f --user system:kube-scheduler")]
    [TestCase("kubeconfig f --server https://a/b")]
    [TestCase("kubeconfig f --server a/b")]
    [TestCase("kubeconfig f --server a:99999")]
    [TestCase("kubeconfig f --server root@a")]
    [TestCase("kubeconfig f --set-current")]
    public void What_makes_no_sense_is_said_at_once(string line) => Assert.That(SextantCommand.Create().Parse(line.Split(' ')).Errors, Is.Not.Empty);

    [TestCase("kubeconfig f --merge")]
    [TestCase("kubeconfig f --merge path --set-current --lifetime 30d --user bob --server 10.0.0.1:6443 --state s")]
    public void What_makes_sense_is_understood(string line) => Assert.That(SextantCommand.Create().Parse(line.Split(' ')).Errors.Select(error => error.Message), Is.Empty);

    private (int Status, string Output, string Errors) Run(string? merge = null, bool setCurrent = false, string? server = null, string? state = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var choice = new KubeconfigChoice(state ?? folder.At("state"), "alice", TimeSpan.FromHours(8), server);
        var status = KubeconfigCommand.Run(folder.At("cluster-desc.yaml"), choice, merge, setCurrent, output, errors, Now);
        return (status, output.ToString(), errors.ToString());
    }

    private static Dictionary<string, object> Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        Assert.That(stream.Documents, Has.Count.EqualTo(1));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(text);
    }

    private static Dictionary<object, object> Named(Dictionary<string, object> document, string list, string name, string key) =>
        (Dictionary<object, object>)((List<object>)document[list]).Cast<Dictionary<object, object>>().Single(entry => (string)entry["name"] == name)[key];

    private static string Decoded(object base64) => Encoding.ASCII.GetString(Convert.FromBase64String((string)base64));
}
