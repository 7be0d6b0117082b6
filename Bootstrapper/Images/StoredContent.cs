using Sextant.Files;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>Small contents of the registry in memory.</summary>
internal static class StoredContent
{
    /// <summary>A blob, whichever repository has it.</summary>
    /// <returns>Null when it is not there, damaged, or longer than the limit.</returns>
    public static async Task<byte[]?> ReadAsync(RegistryStore store, Digest digest, int limit, CancellationToken cancellation)
    {
        if (await store.OpenBlobAsync(digest, cancellation) is not VerifiedFile.Good good) return null;
        using (good.Handle)
        {
            if (good.Length > limit) return null;
            var content = new byte[good.Length];
            for (var read = 0; read < content.Length;)
            {
                var more = await RandomAccess.ReadAsync(good.Handle, content.AsMemory(read), read, cancellation);
                if (more == 0) throw new IOException($"{digest} became shorter while it was read");
                read += more;
            }
            return content;
        }
    }
}
