using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Lab;

/// <summary>Connects this terminal with a machine's serial console, one terminal at a time. Ctrl-] leaves it, as in telnet(1) and virsh(1).</summary>
public static class MachineConsole
{
    /// <summary>Ctrl-].</summary>
    public const byte Escape = 0x1d;

    /// <summary>Carries keys and output until the escape key, the end of the input, or the machine's power-off.</summary>
    /// <exception cref="LabException">The machine is off.</exception>
    public static async Task AttachAsync(string socketPath, CancellationToken cancellation = default)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation);
        }
        catch (SocketException)
        {
            throw new LabException("the machine is off; its console so far: sextant lab console NODE --log");
        }
        var saved = Console.IsInputRedirected ? null : (await LabCommandLine.RunAsync(["stty", "-F", "/dev/tty", "-g"], cancellation)).Trim();
        try
        {
            if (saved is not null) await LabCommandLine.RunAsync(["stty", "-F", "/dev/tty", "raw", "-echo"], cancellation);
            await CarryAsync(socket, cancellation);
        }
        finally
        {
            if (saved is not null) await LabCommandLine.RunAsync(["stty", "-F", "/dev/tty", saved], CancellationToken.None);
        }
    }

    private static async Task CarryAsync(Socket socket, CancellationToken cancellation)
    {
        // The handles themselves: System.Console would edit lines and wait for their end.
        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, 0);
        using var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, 0);
        using var machine = new NetworkStream(socket);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var fromMachine = machine.CopyToAsync(output, ended.Token);
        var fromKeys = SendKeysAsync(input, machine, ended.Token);
        await Task.WhenAny(fromMachine, fromKeys);
        await ended.CancelAsync();
    }

    private static async Task SendKeysAsync(FileStream input, NetworkStream machine, CancellationToken cancellation)
    {
        var keys = new byte[256];
        int length;
        while ((length = await input.ReadAsync(keys, cancellation)) > 0)
        {
            var escape = keys.AsSpan(0, length).IndexOf(Escape);
            await machine.WriteAsync(keys.AsMemory(0, escape < 0 ? length : escape), cancellation);
            if (escape >= 0) return;
        }
    }
}
