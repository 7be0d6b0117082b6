using NUnit.Framework;
using Sextant.Files;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Files;

public sealed class FileLockTests
{
    private TemporaryFolder folder = null!;
    private string path = "";

    [SetUp]
    public void MakeFolder()
    {
        folder = new TemporaryFolder();
        path = Path.Combine(folder.Path, "lock");
    }

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public async Task Many_share_it_and_one_alone_waits_for_them()
    {
        var first = await FileLock.ShareAsync(path, CancellationToken.None);
        var second = await FileLock.ShareAsync(path, CancellationToken.None);
        Assert.That(FileLock.TryOwn(path), Is.Null);
        var alone = FileLock.OwnAsync(path, CancellationToken.None);
        first.Dispose();
        Assert.That(alone.IsCompleted, Is.False);
        second.Dispose();
        using var owned = await alone;
        Assert.That(FileLock.ShareAsync(path, CancellationToken.None).IsCompleted, Is.False);
    }

    [Test]
    public async Task Whoever_wants_it_alone_is_not_kept_waiting_by_a_stream_of_others()
    {
        using var end = new CancellationTokenSource();
        var others = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
                using (await FileLock.ShareAsync(path, CancellationToken.None)) await Task.Yield();
        })).ToArray();
        using (await FileLock.OwnAsync(path, CancellationToken.None)) Assert.That(FileLock.TryOwn(path), Is.Null);
        await end.CancelAsync();
        await Task.WhenAll(others);
    }

    [Test]
    public async Task A_wait_can_be_ended()
    {
        using var held = await FileLock.OwnAsync(path, CancellationToken.None);
        using var impatience = new CancellationTokenSource(50);
        Assert.That(async () => await FileLock.ShareAsync(path, impatience.Token), Throws.InstanceOf<OperationCanceledException>());
    }
}
