using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary><c>sextant serve</c> as its own process on a <see cref="Segment"/>, with the example description and the real boot loaders.</summary>
internal sealed class ServeProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly List<string> log = [];
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="segment">Where it serves.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="description">The cluster description; null for the example.</param>
    /// <param name="authorities">A file with the authorities that it trusts in the place of the system's; null for those.</param>
    /// <param name="confine">Makes the command line one with less rights; null leaves it root's.</param>
    /// <param name="environment">More of its environment.</param>
    public ServeProcess(
        Segment segment, string folder, string? description = null, string? authorities = null, Func<string[], IEnumerable<string>>? confine = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        SocketPath = Path.Combine(folder, "operator.sock");
        StatePath = Path.Combine(folder, "state");
        var assets = Path.Combine(folder, "pxe-assets");
        if (!Directory.Exists(assets))
        {
            Directory.CreateDirectory(assets);
            File.Copy(Repository.PathOf("pxe-assets", "manifest.yaml"), Path.Combine(assets, "manifest.yaml"));
            var built = Product.Run("assets", "build", "ipxe", "--assets", assets);
            Assert.That(built.Status, Is.Zero, built.ToString());
        }
        string[] serve =
        [
            "dotnet", Product.Dll, "serve", description ?? Repository.PathOf("cluster-desc.example.yaml"), "--state", StatePath, "--assets", assets,
            "--templates", Repository.PathOf("templates"), "--listen-unix", SocketPath,
        ];
        var command = segment.OnServer([.. confine is null ? serve : confine(serve)]);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        if (authorities is not null) start.Environment["SSL_CERT_FILE"] = authorities;
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("sextant serve ended:\n" + Log));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!ready.Task.Wait(StartLimit)) throw new TimeoutException("sextant serve is not ready:\n" + Log);
    }

    /// <summary>The operator's socket.</summary>
    public string SocketPath { get; }

    /// <summary>The state folder.</summary>
    public string StatePath { get; }

    /// <summary>The certificate of the authority that its own certificate is of, PEM.</summary>
    public string AuthorityPath => Path.Combine(StatePath, "pki", "sextant", "ca.crt");

    /// <summary>What it printed so far.</summary>
    public string Log
    {
        get
        {
            lock (log) return string.Join('\n', log);
        }
    }

    /// <summary>A line of <c>/proc/PID/status</c>, without its name.</summary>
    public string Status(string name) =>
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    /// <summary>True while it lives.</summary>
    public bool IsAlive => !process.HasExited;

    /// <summary>Its resident memory in MiB.</summary>
    public long ResidentMiB => long.Parse(Status("VmRSS").Split(' ')[0], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Asks it to end, and waits for it.</summary>
    public void Stop()
    {
        Tool.Run("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        process.WaitForExit();
    }

    /// <summary>Ends it without warning.</summary>
    public void Kill()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (IsAlive) Kill();
        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (log) log.Add(line);
        if (line.StartsWith("sextant: ready", StringComparison.Ordinal)) ready.TrySetResult();
    }
}
