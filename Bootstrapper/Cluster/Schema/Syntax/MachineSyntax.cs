using System.Text.RegularExpressions;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>
/// One argument of the kernel's command line. On its way it passes iPXE, GRUB and shells, which give blanks, quotes, <c>$</c>, <c>\</c>, <c>;</c>,
/// <c>|</c> and the like a meaning of their own.
/// </summary>
internal sealed class KernelArgumentSyntax : PatternSyntax
{
    private static readonly string[] Own = ["boot", "BOOTIF", "initrd", "root", "flatcar.first_boot", "flatcar.config.url"];
    private static readonly string[] OwnPrefixes = ["sextant.", "ignition.", "coreos.live.", "coreos.inst.", "inst."];

    /// <inheritdoc/>
    public override string Pattern => "^[A-Za-z0-9!%*+,./:=?@\\[\\]^_~-]+$";

    /// <inheritdoc/>
    public override string Example => "console=ttyS0,115200n8";

    /// <inheritdoc/>
    protected override string Noun => "a kernel argument";

    /// <inheritdoc/>
    protected override string Rule => "one argument an item, of letters, digits and ! % * + , - . / : = ? @ [ ] ^ _ ~";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        var name = text.Split('=', 2)[0];
        return Own.Contains(name, StringComparer.Ordinal) || OwnPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            ? Reading<string>.Wrong($"'{Quoted.Bare(name)}' is written by Sextant itself and cannot be given here")
            : base.Read(text);
    }
}

/// <summary>The key of a Kubernetes label a kubelet may put on its own node.</summary>
internal sealed class LabelKeySyntax : PatternSyntax
{
    private static readonly string[] OwnKeys =
    [
        "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
    ];

    private static readonly string[] OwnPrefixes = ["kubelet.kubernetes.io", "node.kubernetes.io"];

    /// <inheritdoc/>
    public override string Pattern => $"^({DomainSyntax.Domain}/)?[A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?$";

    /// <inheritdoc/>
    public override string Example => "example.com/rack";

    /// <inheritdoc/>
    protected override string Noun => "a label key";

    /// <inheritdoc/>
    protected override string Rule => "an optional DNS domain and '/', then 1 to 63 of letters, digits, '-', '_' and '.', a letter or digit at both ends";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        var reading = base.Read(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (reading.Fault is not null || slash < 0) return reading;
        var prefix = text[..slash];
        if (prefix.Length > 253) return Reading<string>.Wrong($"{Quoted.Of(text)} has a prefix of more than 253 characters");
        // The NodeRestriction admission plugin; a kubelet with such a label in --node-labels does not start.
        var isOwn = OwnKeys.Contains(text, StringComparer.Ordinal)
            || OwnPrefixes.Any(own => prefix == own || prefix.EndsWith("." + own, StringComparison.Ordinal));
        return IsKubernetes(prefix) && !isOwn
            ? Reading<string>.Wrong($"{Quoted.Of(text)} is in Kubernetes' own name space, where a node may not label itself; use a prefix of your own")
            : reading;
    }

    private static bool IsKubernetes(string prefix) =>
        prefix is "kubernetes.io" or "k8s.io"
        || prefix.EndsWith(".kubernetes.io", StringComparison.Ordinal)
        || prefix.EndsWith(".k8s.io", StringComparison.Ordinal);
}

/// <summary>The value of a Kubernetes label.</summary>
internal sealed class LabelValueSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$";

    /// <inheritdoc/>
    public override string Example => "r12";

    /// <inheritdoc/>
    protected override string Noun => "a label value";

    /// <inheritdoc/>
    protected override string Rule => "at most 63 of letters, digits, '-', '_' and '.', a letter or digit at both ends";
}

/// <summary>A taint of a Kubernetes node, as <c>kubectl taint</c> takes it.</summary>
internal sealed class TaintSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern =>
        $"^({DomainSyntax.Domain}/)?[A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?(=([A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?)?)?:(NoSchedule|PreferNoSchedule|NoExecute)$";

    /// <inheritdoc/>
    public override string Example => "example.com/gpu=a100:NoSchedule";

    /// <inheritdoc/>
    protected override string Noun => "a taint";

    /// <inheritdoc/>
    protected override string Rule => "KEY=VALUE:EFFECT or KEY:EFFECT, where EFFECT is NoSchedule, PreferNoSchedule or NoExecute";
}

/// <summary>A Kubernetes release this product deploys.</summary>
internal sealed partial class KubernetesVersionSyntax : ValueSyntax<string>
{
    /// <summary>The oldest minor release (1.x).</summary>
    public const int OldestMinor = 34;

    /// <summary>The newest minor release (1.x).</summary>
    public const int NewestMinor = 36;

    /// <inheritdoc/>
    public override string Pattern => "^1\\.(3[4-6])\\.(0|[1-9][0-9]{0,2})$";

    /// <inheritdoc/>
    public override string Example => "1.36.4";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        var match = Release().Match(text);
        if (!match.Success)
        {
            return Reading<string>.Wrong(text.StartsWith('v') && Release().IsMatch(text[1..])
                ? $"{Quoted.Of(text)} has a 'v' in front; write {text[1..]}"
                : $"{Quoted.Of(text)} is not a Kubernetes release such as {Example}");
        }
        return match.Groups[1].Value == "1" && int.TryParse(match.Groups[2].Value, out var minor) && minor is >= OldestMinor and <= NewestMinor
            ? text
            : Reading<string>.Wrong($"Kubernetes {text} is not supported; 1.{OldestMinor} to 1.{NewestMinor} are");
    }

    [GeneratedRegex(@"^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Release();
}
