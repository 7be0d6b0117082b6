using System.CommandLine;
using System.Security.Cryptography;
using Sextant.Cluster;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Rendering;

namespace Sextant.Cli;

/// <summary>
/// <c>sextant render FILE --mac MAC --as FORMAT</c>: exactly what a machine gets. What exists only at the time of serving is shown as a placeholder,
/// and standard error says which.
/// </summary>
public static class RenderCommand
{
    /// <summary>Stands where the one-time ticket is, which is minted when a document is served.</summary>
    public const string TicketPlaceholder = "TICKET-IS-MINTED-WHEN-SERVED";

    /// <summary>Stands where the digest of an image is that is not on this machine.</summary>
    public const string DigestPlaceholder = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Stands where the certificate of an authority is that the first start has not made yet.</summary>
    public const string AnchorPlaceholder =
        "-----BEGIN CERTIFICATE-----\nQVVUSE9SSVRZLUlTLU1BREUtT04tRklSU1QtU1RBUlQ=\n-----END CERTIFICATE-----\n";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The cluster description, cluster-desc.yaml." };
        var mac = new Option<string>("--mac") { Description = "The machine.", Required = true };
        var format = new Option<string?>("--as") { Description = "The document; without it, the one with the machine's configuration in the format its operating system reads." };
        var state = new Option<string>("--state") { Description = "The state folder, for the authorities' certificates.", DefaultValueFactory = _ => "/var/lib/sextant" };
        var assets = new Option<string>("--assets") { Description = "The asset folder, for the image's digest.", DefaultValueFactory = _ => "pxe-assets" };
        var templates = new Option<string>("--templates") { Description = "The templates folder.", DefaultValueFactory = _ => TemplateFolder.DefaultPath };
        format.AcceptOnlyFromAmong([.. ConfigFormat.All.Select(one => one.Name)]);
        mac.Validators.Add(result =>
        {
            if (!MacAddress.TryParse(result.GetValueOrDefault<string>(), out _)) result.AddError($"'{result.GetValueOrDefault<string>()}' is not a MAC address.");
        });
        var command = new Command("render", "Print exactly what a machine gets.") { file, mac, format, state, assets, templates };
        command.SetAction(arguments => Run(
            arguments.GetRequiredValue(file),
            new RenderChoice(
                MacAddress.Parse(arguments.GetRequiredValue(mac)), arguments.GetValue(format) is { } name ? ConfigFormat.Find(name) : null, arguments.GetRequiredValue(state),
                arguments.GetRequiredValue(assets), arguments.GetRequiredValue(templates)),
            Console.Out, Console.Error));
        return command;
    }

    private static int Run(string file, RenderChoice choice, TextWriter output, TextWriter errors)
    {
        var result = ClusterFile.Load(file);
        foreach (var problem in result.Problems) errors.WriteLine(problem);
        if (result.Description is not { } cluster) return 1;
        var (files, problems) = SiteFileReader.Read(file, cluster);
        foreach (var problem in problems) errors.WriteLine(problem);
        return problems.Any(problem => problem.Severity is Severity.Error) ? 1 : Print(cluster, files, choice, output, errors);
    }

    /// <summary>Prints one document; 0, or 1 when the machine gets none.</summary>
    internal static int Print(ClusterDescription cluster, SiteFiles files, RenderChoice choice, TextWriter output, TextWriter errors)
    {
        try
        {
            var plan = new ClusterPlan(
                cluster, new PlanMaterial(TemplateFolder.Load(choice.Templates), Anchors(choice.State, errors), PinnedSite.Of(cluster, choice.Assets)) { Files = files });
            if (plan.For(choice.Mac, null) is not { } node)
            {
                errors.WriteLine($"{choice.Mac} is not in the cluster description, which installs nothing on unknown machines (unknown_machines)");
                return 1;
            }
            var format = choice.Format ?? NodeDocument.For(node);
            if (!format.Has(node))
            {
                errors.WriteLine($"{choice.Mac} gets no {format.Name}: with its operating system it gets {string.Join(", ", ConfigFormat.All.Where(one => one.Has(node)).Select(one => one.Name))}");
                return 1;
            }
            var request = new RenderRequest(node, plan.Network, plan.Templates, TicketPlaceholder, 1, Image(plan.Network, choice with { Format = format }, errors));
            switch (format.Render(request))
            {
                case RenderedDocument.Text(var text):
                    if (format == NodeDocument.For(node)) errors.WriteLine($"note: {TicketPlaceholder} stands for the machine's one-time ticket");
                    output.Write(text);
                    return 0;
                case RenderedDocument.Broken(var problem):
                    errors.WriteLine(problem);
                    return 1;
                case var other:
                    throw new InvalidOperationException($"no case for {other}");
            }
        }
        catch (Exception fault) when (fault is TemplateException or PinException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(fault.Message);
            return 1;
        }
    }

    private static TrustAnchors Anchors(string state, TextWriter errors)
    {
        var stored = SiteAuthorities.ReadAnchors(state).Pem;
        var names = Enum.GetValues<CertificateAuthorityName>();
        if (names.Any(name => !stored.ContainsKey(name)))
            errors.WriteLine($"note: {state} lacks authorities (the first start makes them); a placeholder stands for their certificates");
        return new TrustAnchors(names.ToDictionary(name => name, name => stored.GetValueOrDefault(name, AnchorPlaceholder)));
    }

    private static InstallImage Image(BootNetwork network, RenderChoice choice, TextWriter errors)
    {
        if (choice.Format != ConfigFormat.InstallEnv) return InstallImage.Debian(network, DigestPlaceholder, 0);
        var image = new FileInfo(Path.Combine(choice.Assets, InstallImage.DebianAsset));
        if (!image.Exists)
        {
            errors.WriteLine($"note: {image.FullName} does not exist yet; zeros stand for its digest and size");
            return InstallImage.Debian(network, DigestPlaceholder, 0);
        }
        using var content = image.OpenRead();
        return InstallImage.Debian(network, Convert.ToHexStringLower(SHA256.HashData(content)), image.Length);
    }
}

/// <summary>What <c>sextant render</c> is asked for.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Format">The document; null for the one with the machine's configuration.</param>
/// <param name="State">The state folder.</param>
/// <param name="Assets">The asset folder.</param>
/// <param name="Templates">The templates folder.</param>
internal sealed record RenderChoice(MacAddress Mac, ConfigFormat? Format, string State, string Assets, string Templates);
