using System.CommandLine;
using Sextant.Assets;
using Sextant.Primitives;

namespace Sextant.Cli;

/// <summary><c>sextant assets build</c>: makes the system of the machines, and boot loaders, out of Debian packages.</summary>
public static class AssetsBuildCommand
{
    /// <summary>The verb with <c>debian</c>, <c>loaders</c> and <c>ipxe</c>.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var ifMissing = new Option<bool>("--if-missing") { Description = "Do nothing when the files are there and were made by the same recipe.", Recursive = true };
        return new Command("build", "Make assets out of Debian packages.") { ifMissing, Debian(assets, ifMissing), Loaders(assets, ifMissing), Ipxe(assets, ifMissing) };
    }

    private static Command Debian(Option<DirectoryInfo> assets, Option<bool> ifMissing)
    {
        var suite = new Option<string>("--suite") { Description = "Debian release.", DefaultValueFactory = _ => DebianRelease.DefaultSuite };
        var kernel = new Option<DebianKernel>("--kernel") { Description = "cloud: small, for virtual machines; generic: drivers for every machine.", DefaultValueFactory = _ => DebianKernel.Cloud };
        var mirror = new Option<string?>("--mirror") { Description = "Debian mirror; without it, mmdebstrap's own choice." };
        var templates = new Option<DirectoryInfo>("--templates") { Description = "Folder of templates.", DefaultValueFactory = _ => new DirectoryInfo(TemplateFolder.DefaultPath) };
        var command = new Command("debian", "Make the live system and the image of a Debian node (as root; about two minutes).") { suite, kernel, mirror, templates };
        command.SetAction((result, cancellation) =>
        {
            var request = new DebianImageRequest(result.GetValue(suite)!, result.GetValue(kernel), result.GetValue(mirror),
                Path.Combine(result.GetValue(templates)!.FullName, "debian"), result.GetValue(ifMissing));
            var folder = result.GetValue(assets)!.FullName;
            return RunAsync("Debian " + request.Suite, onProgress => DebianImageBuilder.BuildAsync(folder, request, onProgress, cancellation));
        });
        return command;
    }

    private static Command Loaders(Option<DirectoryInfo> assets, Option<bool> ifMissing)
    {
        var suite = new Option<string>("--suite") { Description = "Debian release.", DefaultValueFactory = _ => DebianRelease.DefaultSuite };
        var mirror = new Option<string?>("--mirror") { Description = "Debian mirror; without it, the one this host's apt uses." };
        var command = new Command("loaders", "Take every boot loader of the manifest out of the packages of one Debian release: iPXE, and the signed shim and GRUB, for x86 and ARM.") { suite, mirror };
        command.SetAction((result, cancellation) =>
        {
            var folder = result.GetValue(assets)!.FullName;
            return RunAsync("Boot loaders", onProgress =>
                LoaderBuilder.BuildAsync(folder, result.GetValue(suite)!, result.GetValue(mirror), result.GetValue(ifMissing), onProgress, cancellation));
        });
        return command;
    }

    private static Command Ipxe(Option<DirectoryInfo> assets, Option<bool> ifMissing)
    {
        var command = new Command("ipxe", "Take iPXE, for BIOS and UEFI machines on x86, out of this host's own package: nothing else is needed where there is no Secure Boot.");
        command.SetAction((result, cancellation) =>
        {
            var folder = result.GetValue(assets)!.FullName;
            return RunAsync("iPXE", onProgress => IpxeBuilder.BuildAsync(folder, result.GetValue(ifMissing), onProgress, cancellation));
        });
        return command;
    }

    private static async Task<int> RunAsync(string title, Func<Action<BuildProgress>, Task<BuildOutcome>> build)
    {
        BuildOutcome outcome;
        try
        {
            outcome = await ProgressBars.RunStepsAsync(title, onStep => build(progress => onStep(progress.Step, progress.Fraction)));
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"{title}: stopped; the earlier files are unchanged");
            return 1;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Console.Error.WriteLine($"{title}: {failure.Message}; the earlier files are unchanged");
            return 1;
        }
        switch (outcome)
        {
            case BuildOutcome.Built built:
                foreach (var file in built.Files) Console.Out.WriteLine($"{file.Path}  {Octets.Text(file.Length)}  sha256:{file.Sha256}");
                return 0;
            case BuildOutcome.UpToDate:
                Console.Out.WriteLine($"{title}: up to date");
                return 0;
            case BuildOutcome.CannotBuild cannot:
                Console.Error.WriteLine($"{title}: {cannot.Reason}");
                return 1;
            case BuildOutcome.Failed failed:
                Console.Error.WriteLine($"{title}: failed while {failed.Step}; the earlier files are unchanged. Last output:");
                foreach (var line in failed.LastLines) Console.Error.WriteLine("  " + line);
                return 1;
            default:
                throw new InvalidOperationException($"{outcome} is no end of a build");
        }
    }
}
