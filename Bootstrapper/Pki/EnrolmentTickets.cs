using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Pki;

/// <summary>
/// One-time enrolment tickets: 256 random bits each, of which only the SHA-256 is stored (<c>ticket/{sha256}</c>), so that reading the store lets
/// nobody enrol. Changes of one machine's tickets happen one after the other.
/// </summary>
public sealed class EnrolmentTickets(IStore store, TimeSpan lifetime) : IDisposable
{
    /// <summary>How long a ticket is good unless said otherwise.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(24);

    /// <summary>How long an expired ticket is remembered, so that its machine is told why instead of "no such ticket".</summary>
    public static readonly TimeSpan Remembrance = TimeSpan.FromDays(7);

    private const string Prefix = "ticket/";

    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Mints a ticket, which supersedes the machine's earlier ones. It is durable when the task ends.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="address">The address it asks from; the ticket is good from there only.</param>
    /// <param name="attempt">Its install attempt.</param>
    /// <param name="now">The time.</param>
    /// <returns>The ticket: 43 characters that are safe in a header. It exists nowhere else.</returns>
    public async Task<string> MintAsync(MacAddress mac, Ipv4Address address, int attempt, DateTimeOffset now)
    {
        var ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var gate = GateOf(mac);
        await gate.WaitAsync();
        try
        {
            var changes = new List<Change>();
            foreach (var (key, value) in store.Read(Prefix))
            {
                var earlier = Read(value);
                if (now >= earlier.Expires + Remembrance) changes.Add(new Change(key, null));
                else if (earlier.Mac == mac && !earlier.Superseded) changes.Add(Write(key, earlier with { Superseded = true }));
            }
            changes.Add(Write(KeyOf(ticket), new TicketRecord { Mac = mac, Address = address, Attempt = attempt, Minted = now, Expires = now + lifetime }));
            await store.CommitAsync(changes);
            return ticket;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Decides whether the ticket is good for a certificate. When the answer is Issue, the key is bound durably before the task ends.</summary>
    /// <param name="ticket">What the peer showed; any text.</param>
    /// <param name="use">The request.</param>
    /// <param name="now">The time.</param>
    public async Task<TicketDecision> RedeemAsync(string ticket, TicketUse use, DateTimeOffset now)
    {
        var key = KeyOf(ticket);
        var gate = GateOf(use.Mac);
        await gate.WaitAsync();
        try
        {
            var decision = TicketDecision.Decide(Find(key), use, now);
            if (decision is TicketDecision.Issue(var bound)) await store.CommitAsync([Write(key, bound)]);
            return decision;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The names of the certificates the ticket was used for; empty when there is no such ticket.</summary>
    public IReadOnlyCollection<string> CertificatesOf(string ticket) => Find(KeyOf(ticket)) is { } record ? [.. record.Keys.Keys] : [];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var gate in gates) gate.Dispose();
    }

    private SemaphoreSlim GateOf(MacAddress mac) => gates[(uint)mac.GetHashCode() % gates.Length];

    private TicketRecord? Find(string key) =>
        store.Read(key).Where(pair => pair.Key == key).Select(pair => Read(pair.Value)).SingleOrDefault();

    private static string KeyOf(string ticket) => Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket)));

    private static TicketRecord Read(byte[] value) =>
        JsonSerializer.Deserialize(value, PkiJson.Default.TicketRecord) ?? throw new InvalidDataException("a stored ticket is null");

    private static Change Write(string key, TicketRecord record) => new(key, JsonSerializer.SerializeToUtf8Bytes(record, PkiJson.Default.TicketRecord));
}

/// <summary>Source-generated JSON of what this folder stores.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TicketRecord))]
internal sealed partial class PkiJson : JsonSerializerContext;
