using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;
using Sextant.Lifecycle;
using static Microsoft.Playwright.Assertions;

namespace Sextant.Tests.Status.Page;

/// <summary>What an operator does on the page, with the service's answers put in its place: who may do what is tested where it is decided.</summary>
[TestFixture]
public sealed class OperatorPageTests() : PageTests(machines: 8)
{
    private bool isOperator;
    private readonly List<(string Path, JsonElement Body)> asked = [];
    private (int Status, string Problem)? refusal;

    protected override IReadOnlyList<string> Expected => ["401", "409"];

    [OneTimeSetUp]
    public Task One_is_held() => Rack.RecordAsync(new Held(SimulatedRack.Mac(8), Appliance.Time.GetUtcNow(), HoldReason.Operator));

    [SetUp]
    public void Nobody_is_signed_in()
    {
        (isOperator, refusal) = (false, null);
        asked.Clear();
    }

    [Test]
    public async Task Nobody_signs_in_over_plain_HTTP_and_the_way_to_HTTPS_is_shown()
    {
        var page = await OpenAsync(Appliance.HttpBase);
        await page.Locator("#sign-in").ClickAsync();
        await Expect(page.Locator("#dialog a")).ToHaveAttributeAsync("href", Appliance.HttpsBase + "/");
        await Expect(page.Locator("#dialog input")).ToHaveCountAsync(0);
        await Expect(page.Locator("#attention .acts button")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Signed_in_the_remedy_is_beside_the_need_and_says_what_it_does()
    {
        var page = await OpenAsync(Appliance.HttpsBase);
        await page.Locator("#sign-in").ClickAsync();
        await page.GetByLabel("Operator token").FillAsync("wrong");
        await page.Locator("#dialog button[type=submit]").ClickAsync();
        await Expect(page.Locator("#dialog .failure")).ToHaveTextAsync("Not signed in: this is not the token");
        await page.GetByLabel("Operator token").FillAsync("right");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#sign-in")).ToHaveTextAsync("Operator");
        await page.Locator("#attention .acts button").ClickAsync();
        await page.GetByLabel("Reason").FillAsync("the disk was changed");
        await page.Locator("#dialog button[type=submit]").ClickAsync();
        await Expect(page.Locator("#dialog")).Not.ToBeVisibleAsync();
        Assert.That(asked.Last().Path, Does.EndWith($"/api/v1/nodes/{SimulatedRack.Mac(8).ToHyphenString()}/release"));
        Assert.That(asked.Last().Body.ToString(), Is.EqualTo("""{"force":false,"reason":"the disk was changed"}"""));
    }

    [Test]
    public async Task What_destroys_asks_for_the_machines_name_and_a_refusal_says_why_and_may_be_overruled()
    {
        isOperator = true;
        var page = await OpenAsync(Appliance.HttpsBase, $"#/machine/{SimulatedRack.Mac(1).ToHyphenString()}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reinstall" }).ClickAsync();
        var (name, go, failure) = (page.GetByLabel("type the machine's name"), page.Locator("#dialog button[type=submit]"), page.Locator("#dialog .failure"));
        await name.FillAsync("master2");
        await go.ClickAsync();
        await Expect(failure).ToHaveTextAsync("That is not the machine's name; it is master1.");
        Assert.That(asked, Is.Empty);
        refusal = (409, """{"title":"Refused","detail":"etcd would lose its majority","code":"quorum","forcible":true}""");
        await name.FillAsync("master1");
        await go.ClickAsync();
        await Expect(failure).ToHaveTextAsync("Refused: etcd would lose its majority");
        refusal = null;
        await page.GetByLabel("Do it all the same").CheckAsync();
        await go.ClickAsync();
        await Expect(page.Locator("#dialog")).Not.ToBeVisibleAsync();
        Assert.That(asked.Select(one => one.Body.GetProperty("force").GetBoolean()), Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public async Task Power_has_a_choice()
    {
        isOperator = true;
        var page = await OpenAsync(Appliance.HttpsBase, $"#/machine/{SimulatedRack.Mac(1).ToHyphenString()}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Power" }).ClickAsync();
        await page.GetByLabel("What").SelectOptionAsync("network-boot");
        await page.Locator("#dialog button[type=submit]").ClickAsync();
        await Expect(page.Locator("#dialog")).Not.ToBeVisibleAsync();
        Assert.That(asked.Single().Body.ToString(), Is.EqualTo("""{"action":"network-boot"}"""));
    }

    private async Task<IPage> OpenAsync(string address, string place = "#/")
    {
        var page = await Browser.OpenAsync("about:blank");
        await page.RouteAsync("**/api/v1/session", async route =>
        {
            if (route.Request.Method == "GET") await route.FulfillAsync(new() { ContentType = "application/json", Body = $$"""{"operator":{{(isOperator ? "true" : "false")}},"reader":true,"https_base":"{{Appliance.HttpsBase}}"}""" });
            else if (isOperator = route.Request.PostData == """{"token":"right"}""") await route.FulfillAsync(new() { Status = 204 });
            else await route.FulfillAsync(new() { Status = 401, ContentType = "application/problem+json", Body = """{"title":"Not signed in","detail":"this is not the token"}""" });
        });
        await page.RouteAsync("**/api/v1/nodes/*/*", async route =>
        {
            if (route.Request.Method != "POST")
            {
                await route.ContinueAsync();
                return;
            }
            asked.Add((route.Request.Url, JsonDocument.Parse(route.Request.PostData!).RootElement));
            await route.FulfillAsync(refusal is (var status, var problem) ? new() { Status = status, ContentType = "application/problem+json", Body = problem } : new() { Status = 204 });
        });
        await page.GotoAsync($"{address}/{place}");
        return page;
    }
}
