using NUnit.Framework;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Docs;

/// <summary>The table of docs/firmware.md is the firmware table.</summary>
[TestFixture]
public sealed class FirmwareTableTests
{
    private const string PageName = "docs/firmware.md";
    private const string Begin = "<!-- firmware: generated from the firmware table, checked by a test -->\n";
    private const string End = "<!-- end of firmware -->";

    [Test]
    public void The_page_has_every_row()
    {
        var page = Repository.Read(PageName);
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        Repository.MustBe(PageName, page[..begin] + Table() + page[end..]);
    }

    private static string Table() =>
        "\n| firmware | architecture codes | fetches by | `ipxe` | `secure-boot` |\n| --- | --- | --- | --- | --- |\n"
        + string.Concat(Firmware.Table.Select(row =>
            $"| {row.Name} | {string.Join(", ", row.Architectures)} | {(row.Transport is LoaderTransport.Http ? "HTTP" : "TFTP")} | {Cell(row.Loader)} | {Cell(row.SecureBootLoader)} |\n"))
        + "\n";

    private static string Cell(string? loader) => loader is null ? "–" : $"`{loader}`";
}
