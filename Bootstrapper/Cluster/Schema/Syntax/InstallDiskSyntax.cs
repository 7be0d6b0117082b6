using System.Text.RegularExpressions;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>The disk an operating system is written to. <c>templates/installer/disk.sh</c> carries it out.</summary>
internal sealed partial class InstallDiskSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern =>
        "^(auto|/dev(/[A-Za-z0-9_][A-Za-z0-9_.:+@=-]*)+|serial:[A-Za-z0-9][A-Za-z0-9_.:+/=-]{0,63}|(first|smallest):[1-9][0-9]{0,5}[GT]B)$";

    /// <inheritdoc/>
    public override string Example => "/dev/sda";

    /// <inheritdoc/>
    protected override string Noun => "a disk";

    /// <inheritdoc/>
    protected override string Rule => "a path below /dev, serial:NUMBER, first:SIZE or smallest:SIZE with a size such as 100GB or 2TB, or auto for first:8GB";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) => base.Read(text) switch
    {
        { Fault: null } when Partition().IsMatch(text) =>
            Reading<string>.Wrong($"{Quoted.Of(text)} is a partition; the whole disk is partitioned anew, name the disk"),
        { Fault: not null } when BinarySize().IsMatch(text) =>
            Reading<string>.Wrong($"{Quoted.Of(text)} counts in powers of two; sizes of disks are powers of ten here, as on their labels: write GB or TB"),
        var reading => reading,
    };

    [GeneratedRegex(@"^/dev/([shv]d[a-z]+[0-9]+|xvd[a-z]+[0-9]+|(nvme[0-9]+n|mmcblk)[0-9]+p[0-9]+|.*-part[0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Partition();

    [GeneratedRegex(@"^(first|smallest):[0-9]+[GT]iB?\z", RegexOptions.CultureInvariant)]
    private static partial Regex BinarySize();
}
