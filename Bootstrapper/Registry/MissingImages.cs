namespace Sextant.Registry;

/// <summary>Somebody who may have images that are not here: asked once about each manifest that a client wants and the registry lacks.</summary>
public interface IMissingImages
{
    /// <summary>Tries to bring a manifest, and everything it needs, into the registry.</summary>
    /// <param name="repository">The repository it is wanted in.</param>
    /// <param name="reference">The tag or digest.</param>
    /// <param name="cancellation">The client left.</param>
    /// <returns>True when it is worth looking again.</returns>
    Task<bool> TryFetchAsync(RepositoryName repository, ManifestReference reference, CancellationToken cancellation);
}

/// <summary>What is not here is nowhere.</summary>
public sealed class NoMissingImages : IMissingImages
{
    /// <inheritdoc/>
    public Task<bool> TryFetchAsync(RepositoryName repository, ManifestReference reference, CancellationToken cancellation) => Task.FromResult(false);
}
