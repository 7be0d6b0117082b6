using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Sextant.Lab;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>What whole-machine tests have in common: the built program, the repository's files, and the machines' last words when a test fails.</summary>
internal static class MachineLab
{
    /// <summary>A free one, so that tests and a person's own rack do not meet.</summary>
    public static int Port { get; } = FreePort.Take();

    /// <summary>The aim is 120; beyond this something has changed. How much of the runtime's files counts as resident differs between hosts.</summary>
    public const int PeakMemoryLimitMiB = 150;

    private const int TailLines = 60;

    /// <summary>The built program, beside the tests.</summary>
    public static IReadOnlyList<string> Program { get; } = [Path.Combine(AppContext.BaseDirectory, "sextant")];

    /// <summary>The assets to boot: <c>SEXTANT_TEST_ASSETS</c>, or the repository's own.</summary>
    public static string Assets => Environment.GetEnvironmentVariable("SEXTANT_TEST_ASSETS") ?? Repository.PathOf("pxe-assets");

    /// <summary>A folder whose socket paths are short.</summary>
    public static RackFolder NewFolder(string name) => new($"/var/tmp/sextant-test-{name}-{Environment.ProcessId}");

    /// <summary>Attaches every log of the rack to the failed test and prints their ends.</summary>
    public static async Task ReportFailureAsync(Rack rack)
    {
        if (TestContext.CurrentContext.Result.Outcome.Status != TestStatus.Failed || !rack.Exists) return;
        foreach (var machine in rack.State.Machines) await AttachAsync(rack.Folder.Machine(machine.Hostname).ConsoleLog, $"{machine.Hostname}-console.log");
        await AttachAsync(rack.Folder.BootstrapperLog, "bootstrapper.log");
    }

    /// <summary>Asks the rack's bootstrapper as its operator does: over its Unix socket.</summary>
    public static HttpClient Operator(RackFolder folder) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.HttpSocket), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://bootstrapper/") };

    /// <summary>The timeline of a machine: kind and words of each event, oldest first.</summary>
    public static async Task<IReadOnlyList<(string Kind, string Summary)>> TimelineAsync(HttpClient client, RackMachine machine, CancellationToken cancellation)
    {
        using var node = JsonDocument.Parse(await client.GetStringAsync(new Uri($"api/v1/nodes/{machine.Mac.ToHyphenString()}", UriKind.Relative), cancellation));
        return [.. node.RootElement.GetProperty("timeline").EnumerateArray()
            .Select(entry => (entry.GetProperty("kind").GetString()!, entry.GetProperty("summary").GetString()!))];
    }

    /// <summary>The most memory the process ever had resident (VmHWM of proc(5)).</summary>
    public static int PeakMemoryMiB(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static async Task AttachAsync(string log, string name)
    {
        if (!File.Exists(log)) return;
        var copy = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{TestContext.CurrentContext.Test.MethodName}-{name}");
        File.Copy(log, copy, overwrite: true);
        TestContext.AddTestAttachment(copy);
        await TestContext.Out.WriteLineAsync($"--- the end of {name} ---{Environment.NewLine}{LogTail.Read(log, TailLines)}");
    }
}
