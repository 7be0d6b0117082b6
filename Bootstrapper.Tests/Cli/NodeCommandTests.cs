using System.Diagnostics;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

/// <summary>The verbs that speak to the running service, as their users start them, against the service as the product composes it.</summary>
[TestFixture]
public sealed class NodeCommandTests
{
    private ServedAppliance appliance = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync();
        await appliance.EnrolAsync(1);
        await appliance.LeaseAsync(9);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

    [Test]
    public void Machines_are_listed_for_people_and_for_programs()
    {
        var table = Sextant("node", "list");
        Assert.That(table.Output.Split('\n').Single(line => line.Contains("52:54:00:00:00:01", StringComparison.Ordinal)), Does.Match("m1 .* 127.0.0.11 .* kube_master, etcd_member "));
        Assert.That(table.Output, Does.Contain("52:54:00:00:00:09"));
        Assert.That(JsonNode.Parse(Sextant("node", "list", "--json").Output)!.AsArray(), Has.Count.EqualTo(4));
    }

    [TestCase("m1")]
    [TestCase("M1")]
    [TestCase("52:54:00:00:00:01")]
    [TestCase("52-54-00-00-00-01")]
    public void A_machine_is_shown_by_its_name_or_its_address(string machine)
    {
        var shown = Sextant("node", "show", machine);
        Assert.That(shown.Output, Does.StartWith("m1 52:54:00:00:00:01\n").And.Match("\nstage     [a-z]+ since 20").And.Contain("  boot script: install (attempt 1)\n"), shown.ToString());
        Assert.That(JsonNode.Parse(Sextant("node", "show", machine, "--json").Output)!["hostname"]!.GetValue<string>(), Is.EqualTo("m1"));
    }

    [Test]
    public void The_operators_word_is_carried_out_and_written_down()
    {
        var held = Sextant("node", "hold", "m2", "--reason", "fan");
        Assert.That((held.Status, held.Output), Is.EqualTo((0, "m2 52:54:00:00:00:02: held, the operator holds it: fan\n")), held.ToString());
        var released = Sextant("node", "release", "m2", "--json");
        Assert.That(JsonNode.Parse(released.Output)!["stage"]!.GetValue<string>(), Is.EqualTo("waiting"));
        Assert.That(Sextant("audit").Output, Does.Match(@"Z  uid \d+  hold 52:54:00:00:00:02  done: fan\n"));
        Assert.That(JsonNode.Parse(Sextant("audit", "--json", "--limit", "1").Output)!.AsArray(), Has.Count.EqualTo(1));
    }

    [Test]
    public void What_loses_something_asks_first()
    {
        var silent = Sextant("node", "reinstall", "m3");
        Assert.That((silent.Status, silent.Output), Is.EqualTo((2, "")), silent.ToString());
        Assert.That(silent.Errors, Does.Contain("--yes"));
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(3)), Is.Null);
        var said = Sextant("node", "wipe", "m3", "--yes");
        Assert.That((said.Status, said.Output), Is.EqualTo((0, "m3 52:54:00:00:00:03: discovered, waits for its next boot to be wiped\n")), said.ToString());
        Assert.That(Sextant("node", "reinstall", "m3", "--yes").Output, Does.EndWith("waiting for power-on\n"));
    }

    [Test]
    public async Task A_refusal_by_a_rule_says_so_and_how_to_force_it()
    {
        await using var other = await ServedAppliance.StartAsync();
        await other.EnrolAsync(1);
        await other.Machines.RecordAsync(new EtcdHealthChanged(ServedAppliance.Mac(1), other.Time.GetUtcNow(), true, ""));
        var refused = Product.Run("node", "reinstall", "m1", "--yes", "--socket", other.SocketPath);
        Assert.That(refused.Status, Is.EqualTo(3));
        Assert.That(refused.Errors, Does.Match(@"^52:54:00:00:00:01: Without m1 etcd has 0 healthy of 3 members, .* \(--force\) \[etcd-quorum\]\n$"));
        Assert.That(Product.Run("node", "reinstall", "m1", "--yes", "--force", "--socket", other.SocketPath).Status, Is.Zero);
    }

    [Test]
    public void A_stranger_is_forgotten_and_a_planned_machine_is_not()
    {
        Assert.That(Sextant("node", "forget", "m1", "--yes").Status, Is.EqualTo(3));
        var forgotten = Sextant("node", "forget", "52:54:00:00:00:09", "--yes");
        Assert.That((forgotten.Status, forgotten.Output), Is.EqualTo((0, "52:54:00:00:00:09 (not in the cluster description): forgotten\n")), forgotten.ToString());
        Assert.That(Sextant("node", "show", "52:54:00:00:00:09").Status, Is.EqualTo(3));
        appliance.LeaseAsync(9).GetAwaiter().GetResult();
    }

    [TestCase(1, "node", "show", "nobody")]
    [TestCase(3, "node", "show", "52:54:00:00:00:77")]
    [TestCase(2, "node", "show")]
    [TestCase(2, "audit", "--limit", "0")]
    [TestCase(2, "node", "list", "--server", "ftp://10.0.0.1")]
    [TestCase(2, "node", "list", "--server", "http://10.0.0.1", "--token-file", "/dev/null")]
    [TestCase(2, "node", "list", "--token-file", "/dev/null")]
    [TestCase(4, "node", "list", "--server", "http://127.0.0.1:1")]
    public void An_exit_code_says_what_went_wrong(int code, params string[] arguments)
    {
        var outcome = arguments.Contains("--server") || arguments.Contains("--token-file") ? Product.Run(arguments) : Sextant(arguments);
        Assert.That(outcome.Status, Is.EqualTo(code), outcome.ToString());
        Assert.That(outcome.Errors, Is.Not.Empty);
        Assert.That(outcome.Output.Contains("Usage:", StringComparison.Ordinal) || outcome.Output.Length == 0, outcome.Output);
    }

    [Test]
    public void From_another_machine_the_token_opens_what_the_socket_opens_here()
    {
        using var folder = new TemporaryFolder();
        var authority = folder.Write("ca.crt", appliance.Authorities[CertificateAuthorityName.Sextant].CertificatePem);
        var token = folder.Write("token", appliance.OperatorToken + "\n");
        string[] Verb(params string[] rest) => ["node", "hold", "m2", .. rest];
        Assert.That(Product.Run(Verb("--server", appliance.HttpsBase, "--ca", authority, "--token-file", token)).Status, Is.Zero);
        Assert.That(Product.Run(Verb("--server", appliance.HttpsBase, "--ca", authority)).Errors, Does.Contain("[credentials-missing]"));
        Assert.That(Product.Run(Verb("--server", appliance.HttpsBase, "--token-file", token)).Status, Is.EqualTo(4), "nobody but the site's authority is believed");
        var clear = Product.Run(Verb("--server", appliance.HttpBase));
        Assert.That((clear.Status, clear.Errors.Contains("[https-required]", StringComparison.Ordinal)), Is.EqualTo((3, true)));
        Assert.That(Product.Run("node", "list", "--server", appliance.HttpBase).Status, Is.Zero, "everybody may read");
    }

    [Test]
    public void The_token_is_shown_and_replaced_where_the_state_folder_is()
    {
        var first = Product.Run("token", "show", "--state", appliance.State);
        Assert.That(first.Output.TrimEnd(), Is.EqualTo(appliance.OperatorToken));
        var second = Product.Run("token", "rotate", "--state", appliance.State, "--json");
        Assert.That(JsonNode.Parse(second.Output)!["token"]!.GetValue<string>(), Is.EqualTo(appliance.OperatorToken).And.Not.EqualTo(first.Output.TrimEnd()));
        Assert.That(Product.Run("token", "show", "--state", "/proc/nowhere").Status, Is.EqualTo(1));
    }

    [Test]
    public async Task Events_are_followed_as_they_happen()
    {
        await using var other = await ServedAppliance.StartAsync();
        await other.EnrolAsync(1);
        await other.LeaseAsync(9);
        var once = Product.Run("events", "--socket", other.SocketPath);
        Assert.That(once.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Some.Match("Z  52:54:00:00:00:01  m1 +  "), once.ToString());
        var start = new ProcessStartInfo("dotnet", [Product.Dll, "events", "--follow", "--json", "--socket", other.SocketPath]) { RedirectStandardOutput = true };
        using var following = Process.Start(start)!;
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await NextAsync("52:54:00:00:00:09", "leased");
            await other.Machines.RecordAsync(new Discovered(ServedAppliance.Mac(9), other.Time.GetUtcNow(), "UEFI x64"));
            await NextAsync("52:54:00:00:00:09", "discovered");
            await Task.WhenAll(
                other.Machines.RecordAsync(new Held(ServedAppliance.Mac(9), other.Time.GetUtcNow(), HoldReason.Operator)),
                other.Machines.RecordAsync(new Released(ServedAppliance.Mac(9), other.Time.GetUtcNow())));
            await NextAsync("52:54:00:00:00:09", "held");
            await NextAsync("52:54:00:00:00:09", "released");
            // A machine that nobody met before: two events that one message tells.
            await Task.WhenAll(
                other.Machines.RecordAsync(new Discovered(ServedAppliance.Mac(8), other.Time.GetUtcNow(), "UEFI x64")),
                other.Machines.RecordAsync(new Leased(ServedAppliance.Mac(8), other.Time.GetUtcNow(), ServedAppliance.AddressOf(8), "UEFI x64")));
            await NextAsync("52:54:00:00:00:08", "discovered");
            await NextAsync("52:54:00:00:00:08", "leased");

            async Task NextAsync(string mac, string kind)
            {
                while (await following.StandardOutput.ReadLineAsync(patience.Token) is { } line)
                {
                    var happened = JsonNode.Parse(line)!;
                    if (happened["mac"]!.GetValue<string>() == mac && happened["kind"]!.GetValue<string>() == kind) return;
                }
                Assert.Fail($"the stream ended before {kind}");
            }
        }
        finally
        {
            following.Kill();
        }
    }

    private Tool.Result Sextant(params string[] arguments) => Product.Run([.. arguments, "--socket", appliance.SocketPath]);
}
