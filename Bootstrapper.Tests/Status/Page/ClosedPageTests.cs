using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Health;
using Sextant.Planning;
using Sextant.Tests.TestKit;
using static Microsoft.Playwright.Assertions;

namespace Sextant.Tests.Status.Page;

/// <summary>The status page where only the operator may look, against the real service.</summary>
[TestFixture, Category("Page"), NonParallelizable]
public sealed class ClosedPageTests
{
    private const string Refusals = "Failed to load resource"; // which Chromium writes down for each

    private PageBrowser browser = null!;
    private ServedAppliance appliance = null!;

    [OneTimeSetUp]
    public async Task A_rack()
    {
        appliance = await ServedAppliance.StartAsync(SimulatedRack.Of(8) with { Status = new StatusDescription(StatusReaders.Operator) });
        await appliance.StopAsync<EtcdHealthMonitor>();
        await new SimulatedRack(appliance).FillAsync(8);
        browser = await PageBrowser.StartAsync();
    }

    [TearDown]
    public void Nothing_is_wrong()
    {
        browser.Forgive(Refusals);
        Assert.That(browser.Complaints.Concat(appliance.Failures), Is.Empty);
    }

    [OneTimeTearDown]
    public async Task Off()
    {
        await browser.DisposeAsync();
        await appliance.DisposeAsync();
    }

    [Test]
    public async Task Over_plain_HTTP_it_shows_no_machine_and_the_way_to_HTTPS()
    {
        var page = await browser.OpenAsync(appliance.HttpBase);
        await Expect(page.Locator("#headline")).ToHaveTextAsync("Sign in to see the machines");
        await Expect(page.Locator("#connection")).ToHaveTextAsync("for operators only");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(0);
        await page.Locator("#sign-in").ClickAsync();
        await Expect(page.Locator("#dialog a")).ToHaveAttributeAsync("href", appliance.HttpsBase + "/");
    }

    [Test]
    public async Task Who_signs_in_sees_the_rack()
    {
        var page = await browser.OpenAsync(appliance.HttpsBase);
        await Expect(page.Locator("#headline")).ToHaveTextAsync("Sign in to see the machines");
        await page.Locator("#sign-in").ClickAsync();
        await page.GetByLabel("Operator token").FillAsync(appliance.OperatorToken);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(8);
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
    }

    [Test]
    public async Task What_was_open_is_closed_while_it_is_looked_at()
    {
        var closed = appliance.Plan.Value;
        appliance.Plan.Value = new ClusterPlan(closed.Description with { Status = new StatusDescription(StatusReaders.Anyone) }, closed.Material);
        var page = await browser.OpenAsync(appliance.HttpBase);
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(8);
        appliance.Plan.Value = closed;
        appliance.Time.Advance(Sextant.Status.EventsEndpoint.Heartbeat);
        appliance.Part<Sextant.Status.EventFeed>().AnnouncePlan();
        await Expect(page.Locator("#headline")).ToHaveTextAsync("Sign in to see the machines");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(0);
    }
}
