using Sextant.Planning;
using Sextant.Rendering;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /boot/script.ipxe</c>: the one address that another DHCP server can give to every machine's iPXE; the script there sends each on to its own. It says
/// nothing of any machine, so anybody may have it.
/// </summary>
public sealed class EntryEndpoint(CurrentPlan plan)
{
    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var inForce = plan.Value;
        return PlainText.WriteAsync(context, StatusCodes.Status200OK, ServedText.Of(EntryScript.Render(inForce.Network, inForce.Templates)));
    }
}
