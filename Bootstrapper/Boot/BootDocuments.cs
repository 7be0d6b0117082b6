using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Rendering;

namespace Sextant.Boot;

/// <summary>
/// The documents that boot loaders look for by fixed names, over HTTP and TFTP alike: iPXE's <c>autoexec.ipxe</c>, GRUB's <c>grub.cfg</c>, and
/// <c>pxelinux.cfg/01-MAC</c> of pxelinux and U-Boot. What is a machine's own passes the same door as everything in a machine's name.
/// </summary>
public sealed class BootDocuments(MachineEndpoints machines, ScriptEndpoint scripts, CurrentPlan plan)
{
    private const string PxelinuxFolder = "pxelinux.cfg", Ethernet = "01-", MachinesFolder = "boot", GrubName = "grub.cfg", AutoexecName = "autoexec.ipxe";

    /// <summary>What a path asks for; null for a path that is no document's. GRUB and iPXE look beside the loader they were started from, so the folder does not count.</summary>
    /// <param name="path">The path, relative, with forward slashes.</param>
    public static BootDocument? Of(string path)
    {
        var parts = path.Split('/');
        return parts switch
        {
            [.., MachinesFolder, var text, GrubName] when MacAddress.TryParse(text, out var mac) => new BootDocument.Script(ScriptDialect.Grub, mac),
            [.., PxelinuxFolder, var name] when name.StartsWith(Ethernet, StringComparison.Ordinal) && MacAddress.TryParse(name.AsSpan(Ethernet.Length), out var mac) =>
                new BootDocument.Script(ScriptDialect.Pxelinux, mac),
            [.., GrubName] => new BootDocument.FindGrub(),
            [.., AutoexecName] => new BootDocument.FindIpxe(),
            _ => null,
        };
    }

    /// <summary>The answer to a peer that asks over TFTP.</summary>
    /// <param name="document">What it asks for.</param>
    /// <param name="peer">Its address.</param>
    public async Task<Reply> AskAsync(BootDocument document, Ipv4Address peer)
    {
        var inForce = plan.Value;
        return document switch
        {
            BootDocument.Script(var dialect, var mac) => await machines.AskAsync(mac, peer, $"TFTP {dialect.NameOf(mac)}", scripts.In(dialect)),
            BootDocument.FindGrub => Reply.Line(BootScript.FindGrub(inForce.Network, inForce.Templates).TrimEnd('\n')),
            BootDocument.FindIpxe => Reply.Line(BootScript.FindIpxe(inForce.Network, inForce.Templates).TrimEnd('\n')),
            _ => throw new InvalidOperationException($"no answer for {document}"),
        };
    }

    /// <summary>
    /// <c>GET /boot/script.ipxe</c>: the one address that another DHCP server can give to every machine's iPXE. It says nothing of any machine, so anybody may have it.
    /// </summary>
    public Task ServeEntryAsync(HttpContext context) => ServeAsync(context, BootScript.Entry);

    /// <summary>GRUB's first configuration over HTTP.</summary>
    public Task ServeFindGrubAsync(HttpContext context) => ServeAsync(context, BootScript.FindGrub);

    /// <summary>iPXE's first script over HTTP.</summary>
    public Task ServeFindIpxeAsync(HttpContext context) => ServeAsync(context, BootScript.FindIpxe);

    /// <summary><c>GET /pxelinux.cfg/{name}</c>, as lpxelinux and U-Boot ask over HTTP: the machine's by its MAC address, and 404 for the other names they try.</summary>
    public Task ServePxelinuxAsync(HttpContext context)
    {
        if (Of($"{PxelinuxFolder}/{context.Request.RouteValues["name"]}") is not BootDocument.Script { Mac: var mac })
            return PlainText.WriteAsync(context, StatusCodes.Status404NotFound, "Only the configuration of a machine is here: 01- and its MAC address with hyphens.");
        context.Request.RouteValues["mac"] = mac.ToString();
        return machines.Of(scripts.In(ScriptDialect.PxelinuxOverHttp))(context);
    }

    private Task ServeAsync(HttpContext context, Func<BootNetwork, TemplateSet, string> script)
    {
        var inForce = plan.Value;
        return PlainText.WriteAsync(context, StatusCodes.Status200OK, script(inForce.Network, inForce.Templates));
    }
}

/// <summary>What a boot loader asks for by a fixed name.</summary>
public abstract record BootDocument
{
    private BootDocument() { }

    /// <summary>A machine's own script.</summary>
    public sealed record Script(ScriptDialect Dialect, MacAddress Mac) : BootDocument;

    /// <summary>GRUB's first configuration, which is every machine's.</summary>
    public sealed record FindGrub : BootDocument;

    /// <summary>iPXE's first script, which is every machine's.</summary>
    public sealed record FindIpxe : BootDocument;
}
