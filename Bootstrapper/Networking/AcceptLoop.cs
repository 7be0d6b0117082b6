using System.Net.Sockets;

namespace Sextant.Networking;

/// <summary>Accepts TCP connections until the service stops.</summary>
public static class AcceptLoop
{
    // Without descriptors accepting fails at once, every time.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);

    /// <summary>Accepts.</summary>
    /// <param name="listener">The listening socket.</param>
    /// <param name="serve">Begins to serve a connection; it does not wait for its end.</param>
    /// <param name="failed">Told of a connection that could not be accepted; the next is.</param>
    /// <param name="stopping">Ends it.</param>
    public static async Task RunAsync(Socket listener, Action<Socket> serve, Action<Exception> failed, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                serve(await listener.AcceptAsync(stopping));
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                if (stopping.IsCancellationRequested) return;
                failed(failure);
                await Task.Delay(AfterFailure, CancellationToken.None);
            }
        }
    }
}
