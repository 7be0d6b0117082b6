using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status.Page;

/// <summary>Every view, light and dark, by the rules of axe-core: no violation.</summary>
[TestFixture]
public sealed class AccessibilityTests() : PageTests(machines: 30)
{
    private static readonly string Axe = Repository.PathOf("artifacts", "axe", "node_modules", "axe-core", "axe.min.js");

    private static IEnumerable<TestCaseData> Places() =>
        from place in new[] { "#/", "#/?show=rows", "#/machine/0c-c4-7a-10-00-01", "#/machine/0c-c4-7a-10-00-06", "#/cluster", "#/network", "#/content", "#/events" }
        from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
        from width in new[] { 1440, 390 }
        select new TestCaseData(place, scheme, width);

    [OneTimeSetUp]
    public async Task Every_kind_of_need()
    {
        Assert.That(File.Exists(Axe), Is.True, $"{Axe} is missing: './build.sh axe' fetches it with npm (npm install --prefix artifacts/axe axe-core)");
        var now = Appliance.Time.GetUtcNow();
        await Rack.RecordAsync(
            new InstallFailed(SimulatedRack.Mac(6), now, "disk: none is large enough"), new Held(SimulatedRack.Mac(7), now, HoldReason.Operator),
            new Refused(SimulatedRack.Mac(20), now, RefusalReason.WrongAddress, "127.0.0.77", "GET user-data"), new Discovered(MacAddress.Parse("52:54:00:aa:bb:cc"), now, "BIOS"));
        Appliance.Plan.Problems = ["cluster-desc.yaml:12:3: warning: something is odd"];
    }

    [TestCaseSource(nameof(Places))]
    public async Task No_rule_of_accessibility_is_broken(string place, ColorScheme scheme, int width)
    {
        var page = await Browser.OpenAsync($"{Appliance.HttpBase}/{place}", scheme, width);
        await page.WaitForFunctionAsync("() => document.querySelector('#rack').dataset.drawn");
        await page.WaitForLoadStateAsync(LoadState.Load);
        await page.WaitForFunctionAsync("() => document.querySelector('main > section:not([hidden]) h1')?.textContent");
        Assert.That(await ViolationsAsync(page), Is.Empty);
        await page.Context.CloseAsync(); // a page that stays open goes on listening
    }

    [TestCase(ColorScheme.Light)]
    [TestCase(ColorScheme.Dark)]
    public async Task A_dialog_breaks_none_either(ColorScheme scheme)
    {
        var page = await Browser.OpenAsync(Appliance.HttpBase + "/", scheme);
        await page.Locator("#keys-help").ClickAsync();
        Assert.That(await ViolationsAsync(page), Is.Empty);
        await page.Context.CloseAsync(); // a page that stays open goes on listening
    }

    private static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        // Evaluated by the debugger, which the page's policy does not bind.
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe));
        var found = await page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(violation => `${violation.id}: ${violation.help}: ${violation.nodes.map(node => node.html).join(' | ')}`)");
        return [.. found.EnumerateArray().Select(violation => violation.GetString()!)];
    }
}
