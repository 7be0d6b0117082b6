using Sextant.Storage;

namespace Sextant.Tests.Storage;

/// <summary>
/// A disk with a power switch. What was written but not synced may be there after a power failure, or not, or in part, and the same holds for
/// names made, changed and removed. The n-th operation can be made to fail like a full disk, or to lose power.
/// </summary>
internal sealed class PoweredDisk(int seed) : IJournalFolder
{
    private readonly Random random = new(seed);
    private Dictionary<string, Content> durableNames = [];
    private Dictionary<string, Content> names = [];
    private readonly List<Action<Dictionary<string, Content>>> pendingNames = [];
    private bool off;

    public string Path => "/powered-disk";

    /// <summary>Operations that change something, so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The operation at which power is lost (it does not happen, or in part).</summary>
    public int PowerFailsAt { get; set; } = int.MaxValue;

    /// <summary>From this operation on the disk answers with an error.</summary>
    public int FullFrom { get; set; } = int.MaxValue;

    /// <summary>While set, no new file can be made.</summary>
    public bool RefusesNewFiles { get; set; }

    /// <summary>Renames so far.</summary>
    public int Renames { get; private set; }

    public bool Exists(string name) => names.ContainsKey(name);

    public IJournalFile Open(string name) => new OpenFile(this, names[name]);

    public IJournalFile Create(string name)
    {
        Count();
        if (RefusesNewFiles) throw new IOException("No space left on device");
        var content = new Content();
        Named(all => all[name] = content);
        return new OpenFile(this, content);
    }

    public void Rename(string from, string to)
    {
        Count();
        Renames++;
        var content = names[from];
        Named(all =>
        {
            all.Remove(from);
            all[to] = content;
        });
    }

    public void Delete(string name)
    {
        if (!names.ContainsKey(name)) return;
        Count();
        Named(all => all.Remove(name));
    }

    public void Sync()
    {
        Count();
        durableNames = new Dictionary<string, Content>(names);
        pendingNames.Clear();
    }

    public void Dispose()
    {
    }

    /// <summary>Power comes back: some of what was not synced is there.</summary>
    public PoweredDisk AfterPowerFailure()
    {
        foreach (var change in pendingNames.Take(random.Next(pendingNames.Count + 1))) change(durableNames);
        foreach (var content in durableNames.Values) content.LosePower(random);
        return new PoweredDisk(random.Next()) { names = new Dictionary<string, Content>(durableNames), durableNames = durableNames };
    }

    private void Named(Action<Dictionary<string, Content>> change)
    {
        change(names);
        pendingNames.Add(change);
    }

    private void Count()
    {
        if (off) throw new PowerFailure();
        Operations++;
        if (Operations >= PowerFailsAt)
        {
            off = true;
            throw new PowerFailure();
        }
        if (Operations >= FullFrom) throw new IOException("No space left on device");
    }

    /// <summary>Not an IOException: nothing in the product may take it for a full disk and go on.</summary>
    internal sealed class PowerFailure : Exception;

    private sealed class Content
    {
        private readonly List<(long Offset, byte[]? Octets)> pending = [];
        private byte[] durable = [];

        public byte[] Present { get; private set; } = [];

        public void Change(long offset, byte[]? octets)
        {
            Present = Apply(Present, offset, octets);
            pending.Add((offset, octets));
        }

        public void Sync()
        {
            durable = Present;
            pending.Clear();
        }

        /// <summary>Writes reach the disk in any order, whole, in part, or as a longer file full of zeros.</summary>
        public void LosePower(Random random)
        {
            foreach (var (offset, octets) in pending)
            {
                durable = (random.Next(4), octets) switch
                {
                    (0, _) => durable,
                    (1, { Length: > 0 }) => Apply(durable, offset, octets[..random.Next(octets.Length)]),
                    (2, { Length: > 0 }) => Apply(durable, offset + octets.Length - 1, [0]),
                    _ => Apply(durable, offset, octets),
                };
            }
            Sync(durable);
        }

        private void Sync(byte[] content)
        {
            Present = content;
            pending.Clear();
        }

        private static byte[] Apply(byte[] content, long offset, byte[]? octets)
        {
            var result = new byte[octets is null ? offset : Math.Max(content.Length, offset + octets.Length)];
            content.AsSpan(0, Math.Min(content.Length, result.Length)).CopyTo(result);
            octets?.CopyTo(result, offset);
            return result;
        }
    }

    private sealed class OpenFile(PoweredDisk disk, Content content) : IJournalFile
    {
        public long Length => content.Present.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var octets = content.Present.AsSpan((int)Math.Min(offset, content.Present.Length));
            octets = octets[..Math.Min(buffer.Length, octets.Length)];
            octets.CopyTo(buffer);
            return octets.Length;
        }

        public void Write(long offset, ReadOnlySpan<byte> octets)
        {
            var copy = octets.ToArray();
            try
            {
                disk.Count();
            }
            catch (PowerFailure)
            {
                content.Change(offset, copy);
                throw;
            }
            catch (IOException)
            {
                content.Change(offset, copy[..(copy.Length / 2)]);
                throw;
            }
            content.Change(offset, copy);
        }

        public void SetLength(long length)
        {
            disk.Count();
            content.Change(length, null);
        }

        public void Sync()
        {
            disk.Count();
            content.Sync();
        }

        public void Dispose()
        {
        }
    }
}
