using Sextant.Primitives;
using Sextant.Tftp;

namespace Sextant.Tests.Tftp.Server;

/// <summary>Documents below <c>doc/</c>: one is made when the test says so, every other is refused.</summary>
internal sealed class StandInDocuments : ITftpDocuments
{
    private int asked;

    public int Asked => Volatile.Read(ref asked);

    public TaskCompletionSource<TftpDocument> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Has(string path) => path.StartsWith("doc/", StringComparison.Ordinal);

    public Task<TftpDocument> MakeAsync(string path, Ipv4Address peer)
    {
        if (path != "doc/one") return Task.FromResult<TftpDocument>(new TftpDocument.Denied("Not yours"));
        Interlocked.Increment(ref asked);
        return Answer.Task;
    }
}
