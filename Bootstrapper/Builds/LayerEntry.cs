namespace Sextant.Builds;

/// <summary>One name in a layer of an image.</summary>
/// <param name="Path">Absolute.</param>
internal abstract record LayerEntry(string Path)
{
    /// <summary>A file of this machine.</summary>
    /// <param name="Path">As above.</param>
    /// <param name="Source">Where its content is.</param>
    /// <param name="IsProgram">Whether it may be run.</param>
    public sealed record Copied(string Path, string Source, bool IsProgram) : LayerEntry(Path)
    {
        /// <summary>Whether it may bind ports below 1024 whoever runs it (capabilities(7), CAP_NET_BIND_SERVICE).</summary>
        public bool MayBindLowPorts { get; init; }
    }

    /// <summary>A small text.</summary>
    /// <param name="Path">As above.</param>
    /// <param name="Content">The text.</param>
    public sealed record Written(string Path, string Content) : LayerEntry(Path);

    /// <summary>A symbolic link.</summary>
    /// <param name="Path">As above.</param>
    /// <param name="Target">What it leads to.</param>
    public sealed record Link(string Path, string Target) : LayerEntry(Path);

    /// <summary>A folder in which everybody may write, as <c>/tmp</c>.</summary>
    /// <param name="Path">As above.</param>
    public sealed record OpenFolder(string Path) : LayerEntry(Path);
}
