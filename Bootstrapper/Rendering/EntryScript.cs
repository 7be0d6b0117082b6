using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>The iPXE script that is the same for every machine, from <c>templates/ipxe/entry.ipxe</c>: iPXE puts the machine's MAC address into the next URL.</summary>
public static class EntryScript
{
    /// <summary>The script.</summary>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="templates">The texts.</param>
    /// <exception cref="TemplateException">The template is missing or asks for a value that does not exist.</exception>
    public static RenderedDocument Render(BootNetwork network, TemplateSet templates) =>
        new RenderedDocument.Text(templates.Fill("ipxe/entry.ipxe", new Dictionary<string, object> { ["http_base"] = network.HttpBase }));
}
