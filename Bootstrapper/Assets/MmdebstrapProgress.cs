using System.Globalization;

namespace Sextant.Assets;

/// <summary>How far a build is.</summary>
/// <param name="Step">What is being done, in words for people.</param>
/// <param name="Fraction">0 to 1, never going back.</param>
public sealed record BuildProgress(string Step, double Fraction);

/// <summary>
/// Reads the output of <c>mmdebstrap --verbose</c> line by line: its own <c>I:</c> lines name the phases, apt's and dpkg's lines between them count
/// the packages. Immutable: a line leads to the next state.
/// </summary>
/// <remarks>The share of each phase was measured on a machine with two processors and a near mirror.</remarks>
public sealed record MmdebstrapProgress
{
    private static readonly (string Line, string Step, double From, double To)[] Phases =
    [
        ("I: running apt-get update", "reading the package lists", 0.00, 0.04),
        ("I: downloading packages with apt", "downloading the base system", 0.04, 0.08),
        ("I: extracting archives", "unpacking the base system", 0.08, 0.20),
        ("I: installing essential packages", "installing the base system", 0.20, 0.36),
        ("I: installing remaining packages", "installing packages", 0.36, 0.80),
        ("I: running --customize-hook", "configuring the system", 0.80, 0.81),
        ("sextant: making the initramfs", "making the initramfs", 0.81, 0.85),
        ("sextant: making the live system", "making the live system", 0.85, 0.92),
        ("I: cleaning package lists", "cleaning up", 0.92, 0.93),
        ("I: creating tarball", "packing the image", 0.93, 0.99),
        ("I: success in", "image packed", 0.99, 0.99),
    ];

    private (string Line, string Step, double From, double To) Phase { get; init; } = ("", "starting", 0, 0);

    private int Packages { get; init; }

    private int Done { get; init; }

    /// <summary>Before the first line.</summary>
    public static MmdebstrapProgress Start { get; } = new();

    /// <summary>What to show now.</summary>
    public BuildProgress Current => new(
        Packages > 0 && Done > 0 ? $"{Phase.Step} ({Math.Min(Done / 3, Packages)}/{Packages})" : Phase.Step,
        Phase.From + (Phase.To - Phase.From) * (Packages == 0 ? 0 : Math.Min(1, Done / (3.0 * Packages))));

    /// <summary>The state after one more line of output. Lines it does not know change nothing.</summary>
    public MmdebstrapProgress After(string line)
    {
        foreach (var phase in Phases)
            if (line.StartsWith(phase.Line, StringComparison.Ordinal)) return phase.From < Phase.From ? this : new MmdebstrapProgress { Phase = phase };
        // Each package is fetched, unpacked and set up: three lines.
        if (line.StartsWith("Get:", StringComparison.Ordinal) || line.StartsWith("Unpacking ", StringComparison.Ordinal) || line.StartsWith("Setting up ", StringComparison.Ordinal))
            return Packages == 0 ? this : this with { Done = Done + 1 };
        return NewlyInstalled(line) is { } packages ? this with { Packages = packages, Done = 0 } : this;
    }

    /// <summary>59 of <c>0 upgraded, 59 newly installed, 0 to remove and 0 not upgraded.</c></summary>
    private static int? NewlyInstalled(string line)
    {
        var at = line.IndexOf(" newly installed,", StringComparison.Ordinal);
        if (at <= 0) return null;
        var from = line.LastIndexOf(' ', at - 1) + 1;
        return int.TryParse(line.AsSpan(from, at - from), NumberStyles.None, CultureInfo.InvariantCulture, out var packages) ? packages : null;
    }
}
