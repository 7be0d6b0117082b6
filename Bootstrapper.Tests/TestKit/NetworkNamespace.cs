using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Sextant.Tests.TestKit;

/// <summary>A network namespace of its own, removed with everything in it on disposal. Needs root and iproute2.</summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private static int made;

    /// <summary>Makes a namespace; its name carries the process id, so that runs side by side do not meet.</summary>
    public NetworkNamespace(string purpose)
    {
        Name = $"{purpose}-{Environment.ProcessId}-{Interlocked.Increment(ref made)}";
        Ip("netns", "add", Name);
    }

    /// <summary>Its name for <c>ip netns exec</c>.</summary>
    public string Name { get; }

    /// <summary>Two namespaces with a cable between them.</summary>
    public static void Connect(NetworkNamespace one, string oneEnd, NetworkNamespace other, string otherEnd)
    {
        Ip("link", "add", oneEnd, "netns", one.Name, "type", "veth", "peer", "name", otherEnd, "netns", other.Name);
        foreach (var (space, end) in new[] { (one, oneEnd), (other, otherEnd) })
        {
            space.Configure("link", "set", "lo", "up");
            space.Configure("link", "set", end, "up");
        }
    }

    /// <summary>Runs <c>ip</c> inside.</summary>
    public void Configure(params string[] arguments) => Ip(["-n", Name, .. arguments]);

    /// <summary>Starts a program inside; the caller ends it.</summary>
    public Process Start(string program, params string[] arguments) => Launch("ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>Runs code on a thread inside. Sockets opened there stay inside, whoever uses them later.</summary>
    public T Run<T>(Func<T> inside)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle("/run/netns/" + Name);
                if (SetNamespace((int)handle.DangerousGetHandle(), CloneNewNet) != 0) throw new InvalidOperationException($"setns failed: {Marshal.GetLastPInvokeErrorMessage()}");
                result = inside();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => Ip("netns", "del", Name);

    private static void Ip(params string[] arguments)
    {
        using var process = Launch("ip", arguments);
        var said = process.StandardError.ReadToEnd();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10)) || process.ExitCode != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {said}");
    }

    private static Process Launch(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);
}
