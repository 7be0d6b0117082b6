using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Health;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status.Page;

/// <summary>
/// Tests of the status page in Chromium against the real service, with machines that are events. The tests of a class share them; none may leave a failure in the service, or
/// have a page complain of itself.
/// </summary>
/// <param name="machines">How many machines there are.</param>
[Category("Page"), NonParallelizable]
public abstract class PageTests(int machines)
{
    private protected PageBrowser Browser { get; private set; } = null!;

    private protected ServedAppliance Appliance { get; private set; } = null!;

    private protected SimulatedRack Rack { get; private set; } = null!;

    /// <summary>What the service is told.</summary>
    protected virtual ClusterDescription Description => SimulatedRack.Of(machines);

    /// <summary>Parts of complaints that the tests bring about: Chromium writes down every refusal.</summary>
    protected virtual IReadOnlyList<string> Expected => [];

    [OneTimeSetUp]
    public async Task A_rack()
    {
        Appliance = await ServedAppliance.StartAsync(Description);
        await Appliance.StopAsync<EtcdHealthMonitor>(); // the masters answer nobody
        Rack = new SimulatedRack(Appliance);
        await Rack.FillAsync(machines);
        Browser = await PageBrowser.StartAsync();
    }

    [TearDown]
    public void Nothing_is_wrong()
    {
        foreach (var text in Expected) Browser.Forgive(text);
        Assert.That(Browser.Complaints.Concat(Appliance.Failures), Is.Empty);
    }

    [OneTimeTearDown]
    public async Task Off()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        if (Appliance is not null) await Appliance.DisposeAsync();
    }
}
