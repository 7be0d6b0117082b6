using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Networking;

/// <summary>What one call of sendfile(2) came to.</summary>
internal abstract record SendFileOutcome
{
    private SendFileOutcome() { }

    /// <summary>The socket took so much; zero only at the end of the file.</summary>
    public sealed record Sent(long Octets) : SendFileOutcome;

    /// <summary>The socket's buffer is full.</summary>
    public sealed record WouldBlock : SendFileOutcome
    {
        /// <summary>The only one.</summary>
        public static readonly WouldBlock Value = new();
    }

    /// <summary>The file's file system, or the socket, knows no sendfile(2).</summary>
    public sealed record NotSupported : SendFileOutcome
    {
        /// <summary>The only one.</summary>
        public static readonly NotSupported Value = new();
    }

    /// <summary>The peer left or the file cannot be read.</summary>
    public sealed record Failed(string Problem) : SendFileOutcome;
}

/// <summary>sendfile(2): from the page cache to the socket without passing through the process.</summary>
internal static partial class SendFile
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int InvalidArgument = 22;
    private const int NoSuchCall = 38;
    private const int GetFlags = 3;
    private const int NonBlocking = 0x800; // O_NONBLOCK on x86-64 and arm64

    /// <summary>
    /// True when the socket never blocks its caller. .NET makes it so at the first asynchronous operation; before that, and elsewhere than on Linux,
    /// sendfile(2) must not be used.
    /// </summary>
    public static bool IsPossible(Socket socket) => OperatingSystem.IsLinux() && (Control(socket.SafeHandle, GetFlags, 0) & NonBlocking) != 0 && Environment.Is64BitProcess;

    /// <summary>Sends what the socket takes now. Does not wait for the peer; may wait for the disk.</summary>
    /// <param name="socket">A connected, non-blocking stream socket.</param>
    /// <param name="file">A regular file.</param>
    /// <param name="offset">Where in the file to begin.</param>
    /// <param name="count">Octets to send at most.</param>
    public static SendFileOutcome Try(Socket socket, SafeFileHandle file, long offset, long count)
    {
        while (true)
        {
            var sent = Send(socket.SafeHandle, file, ref offset, (nuint)count);
            if (sent >= 0) return new SendFileOutcome.Sent(sent);
            var error = Marshal.GetLastPInvokeError();
            switch (error)
            {
                case Interrupted: continue;
                case TryAgain: return SendFileOutcome.WouldBlock.Value;
                case InvalidArgument or NoSuchCall: return SendFileOutcome.NotSupported.Value;
                default: return new SendFileOutcome.Failed(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle to, SafeFileHandle from, ref long offset, nuint count);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeSocketHandle socket, int command, int argument);
}
