using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Rendering;

/// <summary>
/// A boot loader's language: where its scripts are, how it writes the place of a file, and how it writes a kernel argument. Each has the same four templates,
/// <c>live</c>, <c>local-disk</c>, <c>discover</c> and <c>hold</c>.
/// </summary>
public sealed record ScriptDialect
{
    /// <summary>The port that GRUB means when it says <c>http</c>; it has no common way to say another one.</summary>
    private const int GrubHttpPort = 80;

    /// <summary>iPXE's scripts, in commands that it has had since 2015; files over HTTP.</summary>
    public static readonly ScriptDialect Ipxe = new("ipxe", "ipxe", network => Http(network.HttpBase), Plain, mac => $"boot/{mac.ToHyphenString()}/script.ipxe");

    /// <summary>GRUB's configuration files; files over HTTP, or over TFTP where HTTP is on a port of its own.</summary>
    public static readonly ScriptDialect Grub = new("grub", "cfg", network => network.HttpPort == GrubHttpPort
        ? new Places($"(http,{network.ServerAddress})/", $"(http,{network.ServerAddress})/assets")
        : new Places($"(tftp,{network.ServerAddress})/", $"(tftp,{network.ServerAddress})"), argument => $"'{argument}'", mac => $"boot/{mac.ToHyphenString()}/grub.cfg");

    /// <summary>Configuration files of pxelinux and U-Boot; files over TFTP, from where they fetch the configuration.</summary>
    public static readonly ScriptDialect Pxelinux = new("pxelinux", "cfg", _ => new Places("/", ""), Plain, PxelinuxName);

    /// <summary>The same with files over HTTP, for what fetches the configuration so.</summary>
    public static readonly ScriptDialect PxelinuxOverHttp = new("pxelinux", "cfg", network => Http(network.HttpBase), Plain, PxelinuxName);

    private readonly Func<BootNetwork, Places> places;
    private readonly Func<string, string> quote;
    private readonly Func<MacAddress, string> nameOf;

    private ScriptDialect(string folder, string extension, Func<BootNetwork, Places> places, Func<string, string> quote, Func<MacAddress, string> nameOf)
    {
        Folder = folder;
        Extension = extension;
        this.places = places;
        this.quote = quote;
        this.nameOf = nameOf;
    }

    /// <summary>The folder of its templates.</summary>
    public string Folder { get; }

    /// <summary>The extension of its templates.</summary>
    public string Extension { get; }

    /// <summary>The path of the template of that name.</summary>
    public string TemplateOf(string name) => $"{Folder}/{name}.{Extension}";

    /// <summary>Where this loader finds what the bootstrapper serves.</summary>
    public Places PlacesIn(BootNetwork network) => places(network);

    /// <summary>The path of a machine's script, without a leading slash.</summary>
    public string NameOf(MacAddress mac) => nameOf(mac);

    /// <summary>The kernel's arguments as the loader reads them.</summary>
    public string Join(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(quote));

    private static string Plain(string argument) => argument;

    /// <summary>As pxelinux asks for it: 01 is the hardware type Ethernet.</summary>
    private static string PxelinuxName(MacAddress mac) => $"pxelinux.cfg/01-{mac.ToHyphenString()}";

    private static Places Http(string server) => new($"{server}/", $"{server}/assets");
}

/// <summary>Where a loader finds what the bootstrapper serves.</summary>
/// <param name="Root">What goes before the path of a script, with its slash.</param>
/// <param name="Assets">The asset folder, without a slash at its end.</param>
public sealed record Places(string Root, string Assets);
