using System.Globalization;
using Sextant.Assets;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>An asset folder and a stand-in server that its manifest names, for each test anew.</summary>
internal sealed class PullSite : IDisposable
{
    public const string Path = "kubernetes/1.36.4/kubelet";

    private readonly TemporaryFolder folder = new();

    public PullSite() => Server = new StandInHttp(request => StandInHttp.Right(request, Content));

    public StandInHttp Server { get; }

    public byte[] Content { get; set; } = Octets(1, 200_000);

    /// <summary>The asset folder.</summary>
    public string Folder => folder.Path;

    /// <summary>Patience of milliseconds.</summary>
    public static PullPatience Patience { get; } = new() { Failures = 3, FirstPause = TimeSpan.FromMilliseconds(1), Silence = TimeSpan.FromMilliseconds(500) };

    public string PartPath => PartialFile.Of(Folder, Path).Path;

    public static byte[] Octets(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    /// <summary>An entry of the manifest that the server has under its own path.</summary>
    public string Entry(string path, byte[] content, string? version = null, long? size = null) =>
        $"  {path}: {{kind: binary, description: d, licence: MIT, url: \"{Server.Base}/{path}\", sha256: {Digest.Sha256Of(content).Hex}"
        + (version is null ? "" : $", version: {version}") + (size is null ? "" : string.Create(CultureInfo.InvariantCulture, $", size: {size}")) + "}\n";

    public AssetManifest WriteManifest(params string[] entries) => WriteManifestText("version: 2\nassets:\n" + string.Concat(entries.DefaultIfEmpty(Entry(Path, Content))));

    public AssetManifest WriteManifestText(string text)
    {
        folder.Write(AssetManifest.FileName, text);
        var manifest = AssetManifest.Load(Folder);
        return manifest.Problems.Count == 0 ? manifest : throw new InvalidDataException(string.Join('\n', manifest.Problems));
    }

    /// <summary>Pulls everything of the manifest.</summary>
    public async Task<IReadOnlyList<PullOutcome>> PullAsync(Func<PullRequest, PullRequest>? change = null, CancellationToken cancellation = default)
    {
        var manifest = File.Exists(System.IO.Path.Combine(Folder, AssetManifest.FileName)) ? AssetManifest.Load(Folder) : WriteManifest();
        var request = new PullRequest { Manifest = manifest, Entries = manifest.Entries, Patience = Patience };
        var result = await AssetPull.RunAsync(Folder, change?.Invoke(request) ?? request, new Progress<WorkProgress>(), TimeProvider.System, cancellation);
        return ((PullResult.Done)result).Files;
    }

    /// <summary>The content that is served under the path; null when nothing is.</summary>
    public byte[]? Served(string path = Path) => AssetFolder.Load(Folder).Find(path) is { } file ? File.ReadAllBytes(file.FullPath) : null;

    public void Dispose()
    {
        Server.Dispose();
        folder.Dispose();
    }
}
