using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Status;
using static Microsoft.Playwright.Assertions;

namespace Sextant.Tests.Status.Page;

/// <summary>The status page where only the operator may look, against the real service.</summary>
[TestFixture]
public sealed class ClosedPageTests() : PageTests(machines: 8)
{
    protected override ClusterDescription Description => base.Description with { Status = new StatusDescription(StatusReaders.Operator) };

    protected override IReadOnlyList<string> Expected => ["401", "403"];

    [Test]
    public async Task Over_plain_HTTP_it_shows_no_machine_and_the_way_to_HTTPS()
    {
        var page = await Browser.OpenAsync(Appliance.HttpBase);
        await Expect(page.Locator("#headline")).ToHaveTextAsync("Sign in to see the machines");
        await Expect(page.Locator("#connection")).ToHaveTextAsync("for operators only");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(0);
        await page.Locator("#sign-in").ClickAsync();
        await Expect(page.Locator("#dialog a")).ToHaveAttributeAsync("href", Appliance.HttpsBase + "/");
    }

    [Test]
    public async Task Who_signs_in_sees_the_rack()
    {
        var page = await Browser.OpenAsync(Appliance.HttpsBase);
        await Expect(page.Locator("#headline")).ToHaveTextAsync("Sign in to see the machines");
        await page.Locator("#sign-in").ClickAsync();
        await page.GetByLabel("Operator token").FillAsync(Appliance.OperatorToken);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(8);
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
    }

    [Test]
    public async Task What_was_open_is_closed_while_it_is_looked_at()
    {
        var closed = Appliance.Plan.Value;
        Appliance.Plan.Value = new ClusterPlan(closed.Description with { Status = new StatusDescription(StatusReaders.Anyone) }, closed.Material);
        var page = await Browser.OpenAsync(Appliance.HttpBase);
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(8);
        Appliance.Plan.Value = closed;
        Appliance.Time.Advance(EventsEndpoint.Heartbeat);
        Appliance.Part<EventFeed>().AnnouncePlan();
        await Expect(page.Locator("#headline")).ToHaveTextAsync("Sign in to see the machines");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(0);
    }
}
