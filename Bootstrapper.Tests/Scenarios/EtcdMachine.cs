using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// One machine's etcd: join script, etcd, promotion, in the order and with the restarts that the units have. Everything lies in one folder; ports that members
/// on machines of their own may share are moved to the machine's address.
/// </summary>
internal sealed class EtcdMachine(NodePlan plan, string home) : IAsyncDisposable
{
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(30);
    private readonly StringBuilder said = new();
    private readonly Lock turn = new();
    private CancellationTokenSource? power;
    private Task running = Task.CompletedTask;

    /// <summary>What the two scripts said.</summary>
    public string Said
    {
        get { lock (turn) return said.ToString(); }
    }

    /// <summary>Where etcd keeps its data.</summary>
    public string Data => Path.Combine(home, "data");

    /// <summary>Its peer URL.</summary>
    public string PeerUrl => $"https://{plan.Address}:2380";

    private string EtcdLog => Path.Combine(home, "etcd.log");

    private string Answer => Path.Combine(home, "run", "join.env");

    private Dictionary<string, string> ScriptEnvironment => new()
    {
        ["SEXTANT_ETCD_DATA"] = Data, ["SEXTANT_ETCD_ANSWER"] = Answer, ["SEXTANT_ETCD_PAUSE"] = "0.3", ["SEXTANT_ETCD_PROBES"] = "2",
    };

    /// <summary>A file of the plan, with its paths and ports as they are on this host.</summary>
    public string OnThisHost(string content) => content
        .Replace("/etc/etcd/", $"{home}/etc/etcd/", StringComparison.Ordinal)
        .Replace("/etc/sextant/", $"{home}/etc/sextant/", StringComparison.Ordinal)
        .Replace("/var/lib/etcd", Data, StringComparison.Ordinal)
        .Replace(",https://127.0.0.1:2379", "", StringComparison.Ordinal)
        .Replace("http://127.0.0.1:2381", $"http://{plan.Address}:2381", StringComparison.Ordinal);

    /// <summary>Power on: the units start.</summary>
    /// <param name="promotes">False leaves the promotion out, as if the machine died before it.</param>
    public void Start(bool promotes = true)
    {
        power = new CancellationTokenSource();
        running = RunAsync(promotes, power.Token);
    }

    /// <summary>The plug is pulled: every process ends at once.</summary>
    public async Task KillAsync()
    {
        if (power is null) return;
        await power.CancelAsync();
        await running;
        power.Dispose();
        power = null;
    }

    /// <summary>The disk is gone.</summary>
    public void Wipe()
    {
        if (Directory.Exists(Data)) Directory.Delete(Data, recursive: true);
    }

    /// <summary>The join script alone, to its end; the machine dies before etcd starts.</summary>
    /// <returns>Its status; not 0 when it did not end within half a minute.</returns>
    public async Task<int> JoinAsync()
    {
        using var limit = new CancellationTokenSource(JoinPatience);
        return await RunAsync("sh", [Path.Combine(home, "etc/etcd/join")], ScriptEnvironment, Hear, limit.Token);
    }

    /// <summary>
    /// Runs commands as an administrator types them on node1 of the example; the units are started and stopped by the test. Debian before 13 has etcd 3.4, where
    /// etcdctl restores, wants a folder that is not there yet, and cannot raise the revision.
    /// </summary>
    public void Run(string commands)
    {
        var pki = Path.Combine(home, "etc/etcd/pki");
        var here = OnThisHost(commands)
            .Replace("/root/", $"{home}/", StringComparison.Ordinal)
            .Replace("10.0.0.11", plan.Address.ToString(), StringComparison.Ordinal)
            .Replace("node1", plan.Hostname, StringComparison.Ordinal);
        const string raised = " --bump-revision 1000000000 --mark-compacted";
        if (Tool.Run("sh", ["-c", "command -v etcdutl"]).Status != 0)
            here = here.Replace("etcdutl ", $"rmdir {Data}\netcdctl ", StringComparison.Ordinal).Replace(raised, "", StringComparison.Ordinal);
        var result = Tool.Run("sh", ["-euc", "systemctl() { :; }\nchown() { :; }\nsudo() { shift; \"$@\"; }\n" + here], "", new Dictionary<string, string>
        {
            ["ETCDCTL_API"] = "3", ["ETCDCTL_ENDPOINTS"] = $"https://{plan.Address}:2379", ["ETCDCTL_CACERT"] = $"{pki}/ca.crt",
            ["ETCDCTL_CERT"] = $"{pki}/healthcheck-client.crt", ["ETCDCTL_KEY"] = $"{pki}/healthcheck-client.key",
        });
        Assert.That(result.Status, Is.Zero, result.ToString());
    }

    /// <summary>The end of etcd's log.</summary>
    public string EtcdTail() => File.Exists(EtcdLog) ? string.Join('\n', File.ReadLines(EtcdLog).TakeLast(15)) : "(etcd did not start)";

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task RunAsync(bool promotes, CancellationToken off)
    {
        while (!off.IsCancellationRequested)
        {
            if (await RunAsync("sh", [Path.Combine(home, "etc/etcd/join")], ScriptEnvironment, Hear, off) == 0 && !off.IsCancellationRequested)
            {
                using var stopped = CancellationTokenSource.CreateLinkedTokenSource(off);
                var promotion = promotes ? RunAsync("sh", [Path.Combine(home, "etc/etcd/promote")], ScriptEnvironment, Hear, stopped.Token) : Task.FromResult(0);
                await using (var log = new StreamWriter(EtcdLog, append: true))
                    await RunAsync("etcd", [], EtcdEnvironment(), line => { lock (log) log.WriteLine(line); }, off);
                await stopped.CancelAsync();
                await promotion;
            }
            if (!off.IsCancellationRequested) await Task.Delay(200, CancellationToken.None);
        }
    }

    /// <summary>etcd.env, then what the script answered, as the unit reads them.</summary>
    private Dictionary<string, string> EtcdEnvironment()
    {
        var values = new Dictionary<string, string>();
        foreach (var file in new[] { Path.Combine(home, "etc/etcd/etcd.env"), Answer }.Where(File.Exists))
            foreach (var setting in File.ReadLines(file).Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#')).Select(line => line.Split('=', 2)))
                values[setting[0]] = setting[1];
        return values;
    }

    private void Hear(string line)
    {
        lock (turn) said.Append(line).Append('\n');
    }

    private static async Task<int> RunAsync(string program, string[] arguments, Dictionary<string, string> environment, Action<string> hear, CancellationToken off)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => { if (line.Data is { } text) hear(text); };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) hear(text); };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(off);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        return process.ExitCode;
    }
}
