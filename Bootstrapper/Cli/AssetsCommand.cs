using System.CommandLine;

namespace Sextant.Cli;

/// <summary><c>sextant assets</c>: what machines boot, what is written to their disks, and the programs they run.</summary>
public static class AssetsCommand
{
    /// <summary>The verb with its own verbs.</summary>
    public static Command Create()
    {
        var assets = new Option<DirectoryInfo>("--assets")
        {
            Description = "Folder of boot loaders, images and programs.",
            DefaultValueFactory = _ => new DirectoryInfo(DefaultFolder()),
            Recursive = true,
        };
        return new Command("assets", "Make, fetch, list and verify what machines boot and run.")
        {
            assets,
            AssetsListCommand.Create(assets),
            AssetsPullCommand.Create(assets),
            AssetsBuildCommand.Create(assets),
            AssetsAddCommand.Create(assets),
            AssetsVerifyCommand.Create(assets),
            AssetsBundleCommand.Create(assets),
            AssetsInspectCommand.Create(),
            AssetsLoadCommand.Create(assets),
            AssetsKeyCommand.Create(),
        };
    }

    /// <summary><c>./pxe-assets</c> when it exists, else the one beside the executable.</summary>
    internal static string DefaultFolder() => Directory.Exists("pxe-assets") ? "pxe-assets" : Path.Combine(AppContext.BaseDirectory, "pxe-assets");
}
