namespace Sextant.Assets;

/// <summary>Fetches the detached signature of a file and has it checked.</summary>
/// <param name="folder">The asset folder, for the keys.</param>
/// <param name="manifest">Whose keys vouch.</param>
/// <param name="download">What fetches.</param>
internal sealed class SignatureFetch(string folder, AssetManifest manifest, Download download)
{
    private const long LargestSignature = 64 * 1024;

    /// <summary>Where the signature lies in a work folder.</summary>
    public static string PathIn(string work) => Path.Combine(work, "signature");

    /// <summary>What kept the signature from being checked, or what is wrong with it; neither when it is good, and then it is in the work folder.</summary>
    /// <param name="signature">Where it comes from, and the key.</param>
    /// <param name="file">The file it must be of.</param>
    /// <param name="work">A folder for it and the keyring.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<(string? Hindrance, string? Fault)> CheckAsync(AssetSignature signature, string file, string work, CancellationToken cancellation)
    {
        var key = manifest.Keys.Single(key => key.Name == signature.Key);
        if (AssetManifest.LoadKey(folder, key) is not { } armoured) return ($"the key {key.File} is not there", null);
        Directory.CreateDirectory(work);
        var detached = new PartialFile(PathIn(work));
        var end = await download.FetchAsync(new DownloadRequest(signature.Url, detached, null, null, LargestSignature), (_, _) => { }, cancellation);
        return end is DownloadEnd.GivenUp givenUp
            ? (givenUp.Reason, null)
            : await SignatureCheck.VerdictOfAsync(file, detached.Path, key, armoured, work, cancellation) switch
            {
                SignatureVerdict.Good => (null, null),
                SignatureVerdict.Bad bad => (null, bad.Reason),
                SignatureVerdict.Unknown unknown => (unknown.Reason, null),
                var other => throw new InvalidOperationException($"{other} is no verdict"),
            };
    }
}
