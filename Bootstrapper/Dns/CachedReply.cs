using System.Buffers.Binary;
using Sextant.Dns.Wire;

namespace Sextant.Dns;

/// <summary>
/// What an upstream said to one question: the octets behind the question, as they came, because compressed names in them point into a question that is as
/// long in every reply. Immutable.
/// </summary>
public sealed class CachedReply
{
    /// <summary>The longest a positive answer is kept.</summary>
    public const uint LongestLife = 86_400;

    /// <summary>The longest a denial is kept (RFC 2308 §5 allows hours, and they outlive what they deny).</summary>
    public const uint LongestDenial = 300;

    /// <summary>The time to live of a stale answer (RFC 8767 §4).</summary>
    public const uint StaleTimeToLive = 30;

    private readonly byte[] records;
    private readonly int[] lives;

    private CachedReply(byte[] records, int[] lives, DnsReply reply, int answers, int authorities, uint life, DateTimeOffset now)
    {
        this.records = records;
        this.lives = lives;
        Code = reply.Code;
        Answers = answers;
        Authorities = authorities;
        Life = life;
        StoredAt = now;
    }

    /// <summary>The response code: NoError or NxDomain.</summary>
    public DnsResponseCode Code { get; }

    /// <summary>Records in the answer section.</summary>
    public int Answers { get; }

    /// <summary>Records in the authority section.</summary>
    public int Authorities { get; }

    /// <summary>Seconds it may be kept; 0 for the askers of this moment only.</summary>
    public uint Life { get; }

    /// <summary>When it came.</summary>
    public DateTimeOffset StoredAt { get; }

    /// <summary>When its time is over.</summary>
    public DateTimeOffset EndsAt => StoredAt.AddSeconds(Life);

    /// <summary>The answer and authority sections.</summary>
    public ReadOnlySpan<byte> Records => records;

    /// <summary>Keeps a response.</summary>
    /// <param name="message">Its octets.</param>
    /// <param name="reply">What they say.</param>
    /// <param name="now">The time.</param>
    public static CachedReply Of(ReadOnlySpan<byte> message, DnsReply reply, DateTimeOffset now)
    {
        var start = DnsHeader.Length + reply.NameLength + 4;
        var isDenial = !reply.Answers;
        // Of a positive answer only signed proofs would be wanted of the authority section; they are small and kept. Referrals are not.
        var keepsAuthority = isDenial || HasProof(message, reply);
        var end = keepsAuthority ? reply.AuthoritiesEnd : reply.AnswersEnd;
        var authorities = keepsAuthority ? reply.Header.Authorities : 0;
        var life = isDenial ? Math.Min(reply.DenialTimeToLive ?? 0, LongestDenial) : LongestLife;
        life = Math.Min(life, reply.LeastTimeToLive ?? 0);
        return new CachedReply(message[start..end].ToArray(), LivesIn(message, start, reply.Header.Answers + authorities), reply, reply.Header.Answers, authorities, life, now);
    }

    /// <summary>Takes the time it was kept off each record's time to live.</summary>
    /// <param name="copy">A copy of <see cref="Records"/>.</param>
    /// <param name="now">The time.</param>
    /// <param name="stale">Whether its time is over.</param>
    public void Age(Span<byte> copy, DateTimeOffset now, bool stale)
    {
        var age = (uint)Math.Clamp((now - StoredAt).TotalSeconds, 0, uint.MaxValue);
        foreach (var at in lives)
        {
            var life = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(copy[at..]), LongestLife);
            BinaryPrimitives.WriteUInt32BigEndian(copy[at..], stale ? StaleTimeToLive : life > age ? life - age : 0);
        }
    }

    private static int[] LivesIn(ReadOnlySpan<byte> message, int start, int count)
    {
        var lives = new List<int>();
        var reader = new DnsRecordReader(message, start);
        while (lives.Count < count && reader.ReadRecord(out var record) is DnsError.None) lives.Add(record.TimeToLiveAt - start);
        return [.. lives];
    }

    private static bool HasProof(ReadOnlySpan<byte> message, DnsReply reply)
    {
        const DnsType signature = (DnsType)46;
        var reader = new DnsRecordReader(message, reply.AnswersEnd);
        for (var i = 0; i < reply.Header.Authorities && reader.ReadRecord(out var record) is DnsError.None; i++)
            if (record.Type is signature) return true;
        return false;
    }
}
