using Microsoft.Playwright;
using NUnit.Framework;

namespace Sextant.Tests.Status.Page;

/// <summary>The distribution's Chromium, without a screen. Whatever a page says against itself – errors, violations of its own policy – fails the test that closes it.</summary>
internal sealed class PageBrowser : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly List<string> complaints = [];

    private PageBrowser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    /// <summary>Starts it.</summary>
    /// <param name="program">What to start in its place: a script that runs it on another host.</param>
    public static async Task<PageBrowser> StartAsync(string program = Chromium)
    {
        Assert.That(File.Exists(Chromium), Is.True, "Chromium is not installed: apt-get install --no-install-recommends chromium, or ./build.sh test, which does it");
        var playwright = await Playwright.CreateAsync();
        // Root has no sandbox; the pages are the product's own.
        return new PageBrowser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] }));
    }

    /// <summary>Opens the status page.</summary>
    /// <param name="url">Its address, with the fragment.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="height">Of the window, in pixels.</param>
    public async Task<IPage> OpenAsync(string url, ColorScheme scheme = ColorScheme.Light, int width = 1440, int height = 900)
    {
        var context = await browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, ReducedMotion = ReducedMotion.Reduce, IgnoreHTTPSErrors = true });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(15_000);
        page.PageError += (_, error) => Complain(error);
        page.Console += (_, message) =>
        {
            // What the service does not have is asked for all the same, and Chromium writes the 404 down.
            if (message.Type == "error" && !message.Text.Contains("404", StringComparison.Ordinal)) Complain(message.Text);
        };
        await page.GotoAsync(url);
        return page;
    }

    /// <summary>What pages said against themselves.</summary>
    public IReadOnlyList<string> Complaints
    {
        get { lock (complaints) return [.. complaints]; }
    }

    /// <summary>Forgets complaints with a text that the test itself brought about.</summary>
    public void Forgive(string text)
    {
        lock (complaints) complaints.RemoveAll(complaint => complaint.Contains(text, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private void Complain(string text)
    {
        lock (complaints) complaints.Add(text);
    }
}
