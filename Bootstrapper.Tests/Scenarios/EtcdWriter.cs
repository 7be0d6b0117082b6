using NUnit.Framework;

namespace Sextant.Tests.Scenarios;

/// <summary>Writes one key after the other, round the members of the file, and remembers each that was acknowledged.</summary>
internal sealed class EtcdWriter : IAsyncDisposable
{
    private const string Prefix = "/written/";
    private readonly EtcdSite site;
    private readonly CancellationTokenSource end = new();
    private readonly List<string> acknowledged = [];
    private readonly Task writing;

    public EtcdWriter(EtcdSite site)
    {
        this.site = site;
        writing = WriteAsync();
    }

    /// <summary>How many keys were acknowledged so far.</summary>
    public int Count
    {
        get { lock (acknowledged) return acknowledged.Count; }
    }

    /// <summary>Waits for that many more.</summary>
    public async Task GoesOn(int more = 20)
    {
        var before = Count;
        await site.UntilAsync("writing goes on", () => Task.FromResult(Count >= before + more));
    }

    /// <summary>Stops, and compares with what each member of the file has on its own disk.</summary>
    public async Task NothingIsLost()
    {
        await end.CancelAsync();
        await writing;
        await TestContext.Out.WriteLineAsync($"{Count} keys acknowledged");
        Assert.That(acknowledged, Is.Not.Empty);
        foreach (var (_, address) in site.Named)
        {
            // A member's own copy may be an instant behind.
            await site.UntilAsync($"the last key is at {address}", async () => (await site.KeysAsync(address, Prefix)).Contains(acknowledged[^1]));
            Assert.That(acknowledged.Except(await site.KeysAsync(address, Prefix)), Is.Empty, $"on the member at address {address}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await writing;
        end.Dispose();
    }

    private async Task WriteAsync()
    {
        for (var number = 0; !end.IsCancellationRequested; number++)
        {
            var members = site.Named;
            var key = $"{Prefix}{number}";
            if (await site.PutAsync(members[number % members.Count].Address, key))
                lock (acknowledged) acknowledged.Add(key);
            await Task.Delay(20);
        }
    }
}
