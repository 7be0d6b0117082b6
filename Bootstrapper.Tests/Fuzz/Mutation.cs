namespace Sextant.Tests.Fuzz;

/// <summary>Octets that are almost right: one to four hurts done to something that was, as a bad cable, an old ROM or an attacker does them.</summary>
internal static class Mutation
{
    private const int Longest = 4096;
    private static readonly byte[] Telling = [0, 1, 2, 3, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

    /// <summary>A seed that was hurt; the same random numbers hurt the same seed in the same way.</summary>
    public static byte[] Of(IReadOnlyList<byte[]> seeds, Random random)
    {
        var octets = new List<byte>(seeds[random.Next(seeds.Count)]);
        for (var hurts = random.Next(1, 5); hurts > 0; hurts--) Hurt(octets, seeds, random);
        if (octets.Count > Longest) octets.RemoveRange(Longest, octets.Count - Longest);
        return [.. octets];
    }

    private static void Hurt(List<byte> octets, IReadOnlyList<byte[]> seeds, Random random)
    {
        var at = random.Next(octets.Count + 1);
        var count = Math.Min(octets.Count - at, 1 + random.Next(16));
        switch (random.Next(9))
        {
            case 0 when at < octets.Count: // a bit flips
                octets[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < octets.Count: // a value at the edge of what a length, a count or a code can be
                octets[at] = Telling[random.Next(Telling.Length)];
                break;
            case 2 when at < octets.Count: // any value
                octets[at] = (byte)random.Next(256);
                break;
            case 3: // the end is missing
                octets.RemoveRange(at, octets.Count - at);
                break;
            case 4: // something in the middle is missing
                octets.RemoveRange(at, count);
                break;
            case 5: // something is there twice, now and then very often
                var piece = octets.GetRange(at, count);
                for (var times = random.Next(20) == 0 ? 64 : 1; times > 0 && octets.Count < Longest; times--) octets.InsertRange(at, piece);
                break;
            case 6: // something is too much
                var noise = new byte[random.Next(32)];
                random.NextBytes(noise);
                octets.InsertRange(at, noise);
                break;
            case 7: // two messages ran into each other
                var other = seeds[random.Next(seeds.Count)];
                octets.RemoveRange(at, octets.Count - at);
                octets.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            default: // the same octet for a while
                for (var i = at; i < at + count; i++) octets[i] = Telling[random.Next(2) * 10];
                break;
        }
    }
}
