using System.Net;
using Sextant.Cluster;
using Sextant.Dns;
using Sextant.Dns.Wire;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dns;

/// <summary>A small site's names: lab.example, three masters, a worker with a leased address, records of the operator's, two upstreams.</summary>
internal static class Names
{
    public static readonly Ipv4Address Server = Ipv4Address.Parse("10.0.0.1");
    public static readonly Ipv4Address Machine = Ipv4Address.Parse("10.0.0.77");
    public static readonly Ipv4Address Stranger = Ipv4Address.Parse("203.0.113.9");
    public static readonly MacAddress Floating = MacAddress.Parse("52:54:00:00:00:04");
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static readonly DnsClient Udp = new(Machine, 40000, IsTcp: false);
    public static readonly DnsClient Tcp = new(Machine, 40000, IsTcp: true);

    /// <summary>The part of a description that names come from.</summary>
    public static ClusterDescription Cluster(string records = "", string subnet = "10.0.0.0/24", string? upstreams = "[192.0.2.53, 192.0.2.54]", string extra = "")
    {
        var text = $$"""
            version: 1
            name: lab
            bootstrapper: {address: 10.0.0.1, interface: eno1}
            network:
              subnet: {{subnet}}
              dynamic_range: 10.0.0.40-10.0.0.59
              domain: lab.example
              upstream_resolvers: {{upstreams ?? "[]"}}
            os: {name: debian}
            dns:
              clients: [10.8.0.0/16]
              records:
                - {name: wiki, a: [10.0.0.50, 10.0.0.51, 10.0.0.52], ttl: 300}
                - {name: node1, aaaa: ["2001:db8:1::11"], txt: ["rack 7"]}
                - {name: www, cname: wiki}
                - {name: docs, cname: "docs.example.com."}
                - {name: "*.apps", a: [10.0.0.60]}
                - {name: deep.er.down, txt: ["x"]}
                - {name: _ldap._tcp, srv: ["0 5 389 node1"]}
            {{records}}
            {{extra}}
            nodes:
              - {mac: "52:54:00:00:00:01", hostname: node1, ip: 10.0.0.11, roles: [kube_master, etcd_member]}
              - {mac: "52:54:00:00:00:02", hostname: node2, ip: 10.0.0.12, roles: [kube_master, etcd_member]}
              - {mac: "52:54:00:00:00:03", hostname: node3, ip: 10.0.0.13, roles: [kube_master, etcd_member]}
              - {mac: "52:54:00:00:00:04", hostname: node4, roles: [worker]}
            """;
        var read = ClusterFile.Parse(text, "names");
        return read.Description ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
    }

    public static NamePlan Plan(ClusterDescription? cluster = null) => NamePlan.Of(cluster ?? Cluster());

    public static ClusterPlan Whole(ClusterDescription? cluster = null) => new(cluster ?? Cluster(), PlannedClusters.NoMaterial);

    public static DnsView View(NamePlan? plan = null, IEnumerable<LeasedName>? leases = null, IEnumerable<string>? answering = null)
    {
        plan ??= Plan();
        var zones = ZoneBuilder.Build(plan, LeasedName.Unplanned(leases ?? [], plan), [.. (answering ?? []).Select(Ipv4Address.Parse)], 20260304, Now);
        return new DnsView(zones, plan.Clients, plan.Server, plan.Upstreams.Count > 0);
    }

    public static LeasedName Lease(int number, string name, TimeSpan left, MacAddress? mac = null) =>
        new(mac ?? MacAddress.Parse($"52:54:00:01:00:{number:x2}"), Ipv4Address.Parse($"10.0.0.{number}"), name, Now.AddMinutes(-number), Now + left);

    /// <summary>The octets of a question.</summary>
    public static byte[] Question(string name, DnsType type, int payload = 0, bool dnssecOk = false, ushort flags = DnsHeader.RecursionDesired, ushort id = 0x1234) =>
        DnsWriter.Query(id, flags, DnsName.Encode(name), type, payload, dnssecOk);
}

/// <summary>A response as people read it: <c>NOERROR aa ra | node1.lab.example 60 A 10.0.0.11 | … | …</c>.</summary>
internal sealed record Told(DnsHeader Header, string Code, IReadOnlyList<string> Answers, IReadOnlyList<string> Authorities, IReadOnlyList<string> Additionals, int Length, string? Edns, byte[] Octets)
{
    public static Told Of(ReadOnlySpan<byte> message)
    {
        var header = DnsHeader.Read(message);
        var code = header.ResponseCode;
        string? edns = null;
        var sections = new List<string>[] { [], [], [] };
        if (message.Length > DnsHeader.Length)
        {
            var reader = new DnsRecordReader(message, DnsHeader.Length);
            if (reader.SkipName() is not DnsError.None) throw new InvalidDataException("the question cannot be read");
            var at = reader.Offset + 4;
            reader = new DnsRecordReader(message, at);
            var counts = new[] { header.Answers, header.Authorities, header.Additionals };
            for (var section = 0; section < 3; section++)
            {
                for (var i = 0; i < counts[section]; i++)
                {
                    if (reader.ReadRecord(out var record) is var error and not DnsError.None) throw new InvalidDataException($"{error} in section {section}: {Convert.ToHexString(message)}");
                    if (record.Type is DnsType.Opt)
                    {
                        code |= (int)(record.TimeToLive >> 24) << 4;
                        edns = $"{(int)record.Class} v{record.TimeToLive >> 16 & 255}{((record.TimeToLive & 0x8000) != 0 ? " do" : "")}";
                        if (record.DataLength >= 6) edns += $" ede={message[record.DataAt + 5]}";
                        continue;
                    }
                    sections[section].Add(Print(message, record));
                }
            }
            if (reader.Offset != message.Length) throw new InvalidDataException($"{message.Length - reader.Offset} octets follow the last record");
        }
        return new Told(header, ((DnsResponseCode)code).ToString(), sections[0], sections[1], sections[2], message.Length, edns, message.ToArray());
    }

    public bool Has(ushort flag) => Header.Has(flag);

    private static string Print(ReadOnlySpan<byte> message, DnsRecordPlace record)
    {
        Span<byte> name = stackalloc byte[DnsName.Limit];
        var reader = new DnsRecordReader(message, record.Start);
        reader.ReadName(name, out var length);
        var owner = DnsName.Print(name[..length]);
        var data = message.Slice(record.DataAt, record.DataLength);
        string NameAt(ReadOnlySpan<byte> whole, int at, out int end)
        {
            var octets = new byte[DnsName.Limit];
            var inside = new DnsRecordReader(whole, at);
            if (inside.ReadName(octets, out var count) is var error and not DnsError.None) throw new InvalidDataException($"{error} in data");
            end = inside.Offset;
            return DnsName.Print(octets.AsSpan(0, count));
        }
        var text = record.Type switch
        {
            DnsType.A or DnsType.Aaaa => new IPAddress(data).ToString(),
            DnsType.Ns or DnsType.Cname or DnsType.Ptr => NameAt(message, record.DataAt, out _),
            DnsType.Srv => $"{data[0] << 8 | data[1]} {data[2] << 8 | data[3]} {data[4] << 8 | data[5]} {NameAt(message, record.DataAt + 6, out _)}",
            DnsType.Soa => NameAt(message, record.DataAt, out var second) + " " + NameAt(message, second, out var numbers) + " " + System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(message[numbers..]),
            DnsType.Txt => System.Text.Encoding.UTF8.GetString(data[1..]),
            DnsType.Hinfo => System.Text.Encoding.ASCII.GetString(data.Slice(1, data[0])),
            _ => Convert.ToHexStringLower(data),
        };
        return $"{owner} {record.TimeToLive} {record.Type.ToString().ToUpperInvariant()} {text}";
    }
}
