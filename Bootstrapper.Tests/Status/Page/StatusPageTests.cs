using Microsoft.Playwright;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Status;
using static Microsoft.Playwright.Assertions;

namespace Sextant.Tests.Status.Page;

/// <summary>The status page in Chromium, against the real service with machines that are events: drawn, live, found, worked by keys, on a narrow screen.</summary>
[TestFixture]
public sealed class StatusPageTests() : PageTests(machines: Machines)
{
    private const int Machines = 60;
    private const int Worker = 17; // worker012, in service

    [OneTimeSetUp]
    public Task Nothing_changes_but_by_the_tests_events() => Appliance.StopAsync<AttentionWatch>();

    [Test]
    public async Task The_rack_is_drawn_and_an_event_changes_its_machine_only()
    {
        var page = await OpenAsync();
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(Machines);
        await Expect(page.Locator("#rack h2")).ToHaveTextAsync(["Masters3 of 3 ready", "Ingress2 of 2 ready", "Workers31 of 55 ready"]);
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        const int number = Machines;
        var tile = Tile(page, number);
        await page.EvaluateAsync("() => { window.drawn = 0; new MutationObserver(changes => window.drawn += new Set(changes.map(change => change.target.closest?.('li') ?? change.target.parentElement?.closest('li'))).size).observe(document.getElementById('rack'), { subtree: true, attributes: true, attributeFilter: ['class'] }); }");
        await Rack.RecordAsync(new Held(SimulatedRack.Mac(number), Appliance.Time.GetUtcNow(), HoldReason.Operator));
        await Expect(tile).ToContainTextAsync("held");
        await ShowAllNeedsAsync(page); // on a slow machine simulated transfers have stopped by now, and come first
        await Expect(Need(page, number)).ToContainTextAsync("An operator holds it");
        Assert.That(await page.EvaluateAsync<int>("() => window.drawn"), Is.EqualTo(1), "one machine changed, one tile was written");
        await Rack.RecordAsync(new Released(SimulatedRack.Mac(number), Appliance.Time.GetUtcNow()));
        await Expect(tile).Not.ToContainTextAsync("held");
        await Expect(Need(page, number)).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Machines_are_found_by_text_role_and_state_and_the_address_keeps_what_was_looked_for()
    {
        var page = await OpenAsync();
        await page.Locator("#query").FillAsync("worker01");
        await Expect(page.Locator("#shown")).ToHaveTextAsync("10 of 60 machines");
        await page.Locator("#query").FillAsync(SimulatedRack.Mac(4).ToHyphenString());
        await Expect(page.Locator("#rack .tile:visible")).ToHaveTextAsync([new System.Text.RegularExpressions.Regex("ingress1")]);
        await page.Locator("#query").FillAsync("");
        await page.Locator("#role").SelectOptionAsync("ingress");
        await Expect(page.Locator("#rack .tile:visible")).ToHaveCountAsync(2);
        await page.Locator("#role").SelectOptionAsync("");
        await page.Locator("#spread button[data-state=idle]").ClickAsync();
        await Expect(page.Locator("#shown")).ToHaveTextAsync("9 of 60 machines");
        await page.Locator("#query").FillAsync("worker00");
        await page.Locator("input[name=show][value=rows]").CheckAsync();
        Assert.That(page.Url, Does.EndWith("#/?q=worker00&state=idle&show=rows"));
        await page.ReloadAsync();
        await Expect(page.Locator("#shown")).ToHaveTextAsync("3 of 60 machines");
        await Expect(page.Locator("#rack tbody tr:visible")).ToHaveCountAsync(3);
        await Expect(page.Locator("#query")).ToHaveValueAsync("worker00");
        await Expect(page.Locator("#state")).ToHaveValueAsync("idle");
    }

    [Test]
    public async Task Everything_is_reached_by_keys()
    {
        var page = await OpenAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(".skip")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("/");
        await Expect(page.Locator("#query")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("worker0");
        Assert.That(page.Url, Does.Contain("q=worker0"), "a letter in the field is a letter");
        await page.Locator("#rack .tile:visible").First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(Tile(page, 7)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#story-title")).ToContainTextAsync("worker002");
        await page.Keyboard.PressAsync("u");
        await Expect(page.Locator("#view-rack")).ToBeVisibleAsync();
        foreach (var (key, title) in new[] { ("2", "Cluster"), ("3", "Network"), ("4", "Content"), ("5", "Events") })
        {
            await page.Keyboard.PressAsync(key);
            await Expect(page.Locator("main > section:visible h1")).ToHaveTextAsync(title);
        }
        await page.Keyboard.PressAsync("?");
        await Expect(page.Locator("#dialog")).ToContainTextAsync("find a machine");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#dialog")).Not.ToBeVisibleAsync();
        await Rack.RecordAsync(new Held(SimulatedRack.Mac(Worker), Appliance.Time.GetUtcNow(), HoldReason.Operator));
        await Expect(page.Locator("#announcer")).ToContainTextAsync("worker012: your decision, held.");
        var first = await page.Locator("#attention-list a").First.TextContentAsync();
        await page.Keyboard.PressAsync("n");
        await Expect(page.Locator("#story-title")).ToContainTextAsync(first!);
        await Rack.RecordAsync(new Released(SimulatedRack.Mac(Worker), Appliance.Time.GetUtcNow()));
    }

    [Test]
    public async Task A_machines_story_is_told_and_goes_on()
    {
        var page = await OpenAsync($"#/machine/{SimulatedRack.Mac(1).ToHyphenString()}");
        await Expect(page.Locator("#story-title")).ToHaveTextAsync("master1 healthy");
        await Expect(page.Locator(".way li.passed")).ToHaveCountAsync(8);
        await Expect(page.Locator(".way")).ToContainTextAsync("Certificates");
        await Expect(page.Locator(".timeline").First).ToContainTextAsync("installed to /dev/nvme0n1");
        await Expect(page.GetByLabel("Files sent to it").Last).ToContainTextAsync("6.0 MB/s");
        await Expect(page.GetByLabel("Certificates").Last).ToContainTextAsync("etcd-server");
        await Expect(page.GetByLabel("Documents it was served").Last).ToContainTextAsync("configuration: cloud-init");
        await Expect(page.Locator("#view-machine")).ToContainTextAsync("No log of it is kept yet.");
        const string said = "<img src=x onerror=alert(1)>";
        await Rack.RecordAsync(new EtcdHealthChanged(SimulatedRack.Mac(1), Appliance.Time.GetUtcNow(), false, said));
        await Expect(page.Locator("#view-machine .need .why")).ToContainTextAsync(said);
        await Expect(page.Locator(".timeline").First.Locator("li").First).ToContainTextAsync($"etcd member unhealthy: {said}");
        Assert.That(await page.Locator("img").CountAsync(), Is.Zero, "what a machine says is text");
        await Rack.RecordAsync(new EtcdHealthChanged(SimulatedRack.Mac(1), Appliance.Time.GetUtcNow(), true, ""));
        await Expect(page.Locator("#view-machine .next")).ToHaveTextAsync(" Nothing is to be done.");
    }

    [Test]
    public async Task The_last_words_of_a_machine_are_shown_where_the_service_keeps_them()
    {
        var page = await Browser.OpenAsync("about:blank");
        await page.RouteAsync("**/log?lines=200", route => route.FulfillAsync(new() { ContentType = "text/plain", Body = "partitioning\n<b>Kernel panic</b>\n" }));
        await page.GotoAsync($"{Appliance.HttpBase}/#/machine/{SimulatedRack.Mac(2).ToHyphenString()}");
        await Expect(page.Locator(".words")).ToHaveTextAsync("partitioning\n<b>Kernel panic</b>\n");
    }

    [TestCase("#/")]
    [TestCase("#/?show=rows")]
    [TestCase("#/machine/0c-c4-7a-10-00-01")]
    [TestCase("#/cluster")]
    [TestCase("#/network")]
    [TestCase("#/content")]
    [TestCase("#/events")]
    public async Task A_narrow_screen_needs_no_sideways_scrolling(string place)
    {
        var page = await OpenAsync(place, width: 360, height: 740);
        await Expect(page.Locator("main > section:visible h1")).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('#rack').dataset.drawn");
        Assert.That(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth"), Is.LessThanOrEqualTo(0));
    }

    [Test]
    public async Task A_lost_connection_is_said_and_found_again()
    {
        var page = await OpenAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        await page.RouteAsync("**/api/v1/events", route => route.AbortAsync());
        await page.ReloadAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("connection lost, trying again …");
        await page.UnrouteAsync("**/api/v1/events");
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        await Expect(page.Locator("#rack .tile")).ToHaveCountAsync(Machines);
        Browser.Forgive("ERR_");
    }

    private Task<IPage> OpenAsync(string place = "#/", int width = 1440, int height = 900) => Browser.OpenAsync($"{Appliance.HttpBase}/{place}", width: width, height: height);

    private static async Task ShowAllNeedsAsync(IPage page)
    {
        var more = page.Locator("#attention-list .more button");
        if (await more.CountAsync() > 0) await more.ClickAsync();
    }

    private static ILocator Need(IPage page, int number) => page.Locator($"#attention-list li:has(a[href='#/machine/{SimulatedRack.Mac(number).ToHyphenString()}'])");

    private static ILocator Tile(IPage page, int number) => page.Locator($"a.tile[href='#/machine/{SimulatedRack.Mac(number).ToHyphenString()}']");
}
