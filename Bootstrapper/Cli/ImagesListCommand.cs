using System.CommandLine;
using System.Text.Json;
using Sextant.Images;
using Sextant.Primitives;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant images list</c>: what is here, and what the cluster needs and is not.</summary>
public static class ImagesListCommand
{
    /// <summary>The verb. Exit code 1 when the cluster needs an image that is not here.</summary>
    public static Command Create(ImagesOptions common)
    {
        var wanted = new WantedImagesOptions();
        var command = new Command("list", "Show the images that are here, and those that the cluster needs.") { wanted.File, wanted.Assets };
        command.SetAction((arguments, cancellation) => ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
        {
            IReadOnlyList<WantedImage> needed = [];
            if (wanted.FileOf(arguments) is not null)
            {
                if (wanted.Read(arguments, out var problems) is not { } read) return Ending.Failed(problems);
                needed = read;
            }
            var lines = Merge(await ImageListing.ReadAsync(store, cancellation), needed);
            if (arguments.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(lines.ToArray(), ImagesJson.Default.ListedLineArray));
            else Show(lines, needed.Count > 0);
            return lines.All(line => line.Present) ? 0 : 1;
        }));
        return command;
    }

    /// <summary>What is here, with why it is needed; then what is needed and not here.</summary>
    internal static IReadOnlyList<ListedLine> Merge(IReadOnlyList<ListedImage> images, IReadOnlyList<WantedImage> needed)
    {
        var lines = images.Select(image => new ListedLine(image.Name, image.Digest.ToString(), image.Size, image.Platforms,
            needed.FirstOrDefault(want => IsThat(image, want))?.Reason, Present: true)).ToList();
        lines.AddRange(needed.Where(want => !images.Any(image => IsThat(image, want))).Select(want => new ListedLine(want.Reference.ToString(), null, 0, [], want.Reason, Present: false)));
        return lines;

        static bool IsThat(ListedImage image, WantedImage want) =>
            image.Repository == want.Reference.Here && (want.Reference.Digest is { } pinned ? image.Digest == pinned && (image.Tag is null || want.Reference.Tag is null || image.Tag == want.Reference.Tag) : image.Tag == want.Reference.Tag);
    }

    private static void Show(IReadOnlyList<ListedLine> lines, bool hasNeeds)
    {
        var table = new Table().RoundedBorder().AddColumns("image", "digest", "size", "platforms");
        if (hasNeeds) table.AddColumn("needed for");
        foreach (var line in lines)
        {
            var cells = new List<string>
            {
                line.Image.EscapeMarkup(),
                line.Digest is { } digest ? digest.Split(':')[1][..12] : "[red]missing[/]",
                line.Present ? Octets.Text(line.Size) : "",
                string.Join(", ", line.Platforms).EscapeMarkup(),
            };
            if (hasNeeds) cells.Add((line.Needed ?? "").EscapeMarkup());
            table.AddRow([.. cells]);
        }
        Tables.Write(table, Console.Out);
    }
}
