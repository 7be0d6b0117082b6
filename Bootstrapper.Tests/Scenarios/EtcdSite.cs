using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// etcd members as the plan makes them, with the distribution's etcd, on loopback addresses that are this test run's own. The bootstrapper is the composed
/// product. Machine numbers name machines: 1 and up are in the file from the beginning, at the addresses of the same numbers.
/// </summary>
internal sealed class EtcdSite : IAsyncDisposable
{
    /// <summary>How long anything may take that a test waits for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ServedAppliance appliance;
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<int, EtcdMachine> machines = [];
    private readonly X509Certificate2 client;

    private EtcdSite(ServedAppliance appliance)
    {
        this.appliance = appliance;
        client = HeldCertificate.ForEtcdProbe(appliance.Authorities).Current(DateTimeOffset.UtcNow);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509Certificate2.CreateFromPem(appliance.Authorities[CertificateAuthorityName.Etcd].CertificatePem));
        Http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = { CertificateChainPolicy = trust, LocalCertificateSelectionCallback = (_, _, _, _, _) => client },
        })
        { Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>A client of the etcd authority.</summary>
    public HttpClient Http { get; }

    /// <summary>The members of the file, in its order: machine and address by number.</summary>
    public IReadOnlyList<(int Machine, int Address)> Named { get; private set; } = [];

    /// <summary>Everything that went wrong in the bootstrapper.</summary>
    public IReadOnlyList<string> Failures => appliance.Failures;

    /// <summary>A site with that many members in the file; nothing runs yet.</summary>
    public static async Task<EtcdSite> CreateAsync(int members)
    {
        var cluster = ServedAppliance.Cluster();
        var site = new EtcdSite(await ServedAppliance.StartAsync(cluster with { Nodes = [] }));
        site.Name([.. Enumerable.Range(1, members).Select(number => (number, number))]);
        return site;
    }

    /// <summary>The address of that number.</summary>
    public static Ipv4Address AddressOf(int number) => Ipv4Address.Parse($"127.{100 + Environment.ProcessId % 100}.{Environment.ProcessId / 100 % 250}.{number}");

    /// <summary>The member at an address.</summary>
    public static string UrlOf(int address) => $"https://{AddressOf(address)}:2379";

    /// <summary>Writes the file anew: these machines at these addresses; hosts are named after their addresses.</summary>
    public void Name(params IReadOnlyList<(int Machine, int Address)> members)
    {
        Named = members;
        var nodes = members.Select(member => PlannedClusters.Node(member.Machine, [NodeRole.EtcdMember]) with { Address = AddressOf(member.Address), Hostname = $"m{member.Address}" });
        appliance.Plan.Value = PlannedClusters.Plan(appliance.Plan.Value.Description with { Nodes = [.. nodes] }, appliance.Authorities.Anchors);
    }

    /// <summary>The machine is installed as the file has it now: lease, certificates, files; nothing of it runs yet.</summary>
    public async Task<EtcdMachine> InstallAsync(int number)
    {
        var mac = PlannedClusters.Mac(number);
        var now = appliance.Time.GetUtcNow();
        var plan = appliance.Plan.Value.For(mac, null)!;
        MachineEvent[] story =
        [
            new Leased(mac, now, plan.Address!.Value, "operating system"), new ScriptServed(mac, now, BootAction.Install, 1), new Installed(mac, now, "/dev/vda"), new Enrolled(mac, now),
        ];
        foreach (var happened in story) await appliance.Machines.RecordAsync(happened);
        var home = folder.At($"machine{number}");
        var machine = new EtcdMachine(plan, home);
        machines[number] = machine;
        Directory.CreateDirectory(Path.Combine(home, "run"));
        foreach (var file in plan.Files.Where(file => file.Path.StartsWith("/etc/etcd/", StringComparison.Ordinal) || file.Path == "/etc/sextant/sextant-ca.crt"))
            folder.Write($"machine{number}{file.Path}", machine.OnThisHost(file.Content));
        foreach (var planned in plan.Certificates)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var issued = appliance.Authorities[planned.Authority].Issue(CertificateProfile.Of(planned), new PublicKey(key), DateTimeOffset.UtcNow);
            folder.Write($"machine{number}{planned.KeyPath}", key.ExportPkcs8PrivateKeyPem());
            folder.Write($"machine{number}{planned.CertificatePath}", issued.ExportCertificatePem());
        }
        return machine;
    }

    /// <summary>The machines of the file are installed and run, and the cluster has them all as voting members.</summary>
    public async Task<IReadOnlyList<EtcdMachine>> FoundAsync()
    {
        var started = new List<EtcdMachine>();
        foreach (var (machine, _) in Named) started.Add(await InstallAsync(machine));
        foreach (var machine in started) machine.Start();
        await UntilComplete();
        return started;
    }

    /// <summary>Waits until the running members are those of the file, each with a vote, and the bootstrapper has seen that.</summary>
    public Task UntilComplete() => UntilAsync("the members are those of the file, and vote", async () =>
    {
        var members = await MembersAsync();
        return members.Count == Named.Count && members.All(member => member is { Learner: false, Name.Length: > 0 })
            && members.Select(member => member.PeerUrl).Order().SequenceEqual(Named.Select(named => $"https://{AddressOf(named.Address)}:2380").Order())
            && Named.All(named => appliance.Machines.Find(PlannedClusters.Mac(named.Machine))?.EtcdHealthy is true);
    });

    /// <summary>The operator asks for a reinstall: whatever the machine holds is given up.</summary>
    public Task GiveUpAsync(int number) => appliance.Machines.RecordAsync(new ReinstallRequested(PlannedClusters.Mac(number), appliance.Time.GetUtcNow()));

    /// <summary>What the bootstrapper knows of the machine.</summary>
    public Machine RecordOf(int number) => appliance.Machines.Find(PlannedClusters.Mac(number))!;

    /// <summary>Waits, no longer than <see cref="Patience"/>; then everything the machines said is the test's failure.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (TimeProvider.System.GetElapsedTime(deadline) > Patience)
                Assert.Fail($"not within {Patience.TotalSeconds} s: {what}\n{string.Join('\n', machines.Select(pair => $"--- machine {pair.Key}\n{pair.Value.Said}\n{pair.Value.EtcdTail()}"))}");
            await Task.Delay(100);
        }
    }

    /// <summary>The members, as the first one that answers lists them; none when nobody does.</summary>
    public async Task<IReadOnlyList<EtcdMemberEntry>> MembersAsync()
    {
        foreach (var (_, address) in Named)
        {
            if (await AskAsync(UrlOf(address) + "/v3/cluster/member/list", "{}") is not { } answer) continue;
            using var document = JsonDocument.Parse(answer);
            return [.. document.RootElement.GetProperty("members").EnumerateArray().Select(member => new EtcdMemberEntry(
                ulong.Parse(member.GetProperty("ID").GetString()!, null),
                member.TryGetProperty("name", out var name) ? name.GetString()! : "",
                member.GetProperty("peerURLs")[0].GetString()!,
                member.TryGetProperty("isLearner", out var learner) && learner.GetBoolean()))];
        }
        return [];
    }

    /// <summary>Stores a key. True when a member acknowledged it.</summary>
    public async Task<bool> PutAsync(int address, string key) => await AskAsync(UrlOf(address) + "/v3/kv/put", $$"""{"key":"{{Base64(key)}}","value":"{{Base64(key)}}"}""") is not null;

    /// <summary>The keys that begin so, from one member's own copy.</summary>
    public async Task<HashSet<string>> KeysAsync(int address, string prefix)
    {
        var end = prefix[..^1] + (char)(prefix[^1] + 1);
        var answer = await AskAsync(UrlOf(address) + "/v3/kv/range", $$"""{"key":"{{Base64(prefix)}}","range_end":"{{Base64(end)}}","keys_only":true,"serializable":true}""");
        Assert.That(answer, Is.Not.Null, $"the member at {AddressOf(address)} answers");
        using var document = JsonDocument.Parse(answer!);
        return document.RootElement.TryGetProperty("kvs", out var found)
            ? [.. found.EnumerateArray().Select(one => Encoding.UTF8.GetString(one.GetProperty("key").GetBytesFromBase64()))]
            : [];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in machines.Values) await machine.DisposeAsync();
        Http.Dispose();
        await appliance.DisposeAsync();
        folder.Dispose();
    }

    private async Task<string?> AskAsync(string url, string body)
    {
        try
        {
            using var content = new StringContent(body);
            using var answer = await Http.PostAsync(new Uri(url), content);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

/// <summary>A line of the running cluster's member list.</summary>
internal sealed record EtcdMemberEntry(ulong Id, string Name, string PeerUrl, bool Learner);
