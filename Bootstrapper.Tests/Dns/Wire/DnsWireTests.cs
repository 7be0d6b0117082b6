using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Wire;

namespace Sextant.Tests.Dns.Wire;

/// <summary>Octets that come from strangers: read or refused by name, whatever they are.</summary>
[TestFixture]
public sealed class DnsWireTests
{
    /// <summary>Messages of every kind the readers meet.</summary>
    public static IEnumerable<byte[]> Samples()
    {
        yield return Names.Question("node1.lab.example", DnsType.A);
        yield return Names.Question("_ldap._tcp.lab.example", DnsType.Srv, payload: 1232, dnssecOk: true);
        yield return Response("www.example.org", DnsType.A,
            [Record("www.example.org", DnsType.Cname, 300, DnsName.Encode("a.example.org")), Record("a.example.org", DnsType.A, 60, [192, 0, 2, 1])]);
        yield return Response("gone.example.org", DnsType.A, [], [Record("example.org", DnsType.Soa, 900, DnsWriter.SoaData(DnsName.Encode("ns.example.org"), DnsName.Root, 1, 120))], DnsResponseCode.NxDomain);
        // Compressed owner and data, as servers write them.
        yield return Convert.FromHexString("1234818000010002000000010377777707657861" + "6d706c65036f72670000010001" + "c00c000500010000012c00040161c010" + "c02d00010001000000" + "3c0004c0000201" + "00002904d0000000000000");
    }

    [TestCaseSource(nameof(Samples))]
    public void Every_prefix_and_every_change_of_an_octet_is_read_or_refused_by_name(byte[] sample)
    {
        for (var length = 0; length < sample.Length; length++) Survives(sample.AsSpan(0, length));
        var changed = (byte[])sample.Clone();
        for (var at = 0; at < changed.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                changed[at] = (byte)value;
                Survives(changed);
            }
            changed[at] = sample[at];
        }
    }

    [Test]
    public void A_hundred_thousand_mutated_messages_are_read_or_refused_by_name()
    {
        var random = new Random(1035);
        var samples = Samples().ToArray();
        for (var i = 0; i < 100_000; i++)
        {
            var octets = samples[i % samples.Length].ToArray();
            for (var changes = random.Next(1, 8); changes > 0; changes--) octets[random.Next(octets.Length)] = (byte)random.Next(256);
            Survives(octets.AsSpan(0, random.Next(octets.Length + 1)));
        }
    }

    [Test]
    public void Any_name_reads_back_as_it_was_written()
    {
        var label = Gen.Elements("abcdefghijklmnopqrstuvwxyz0123456789-_".ToCharArray()).NonEmptyListOf().Select(letters => new string([.. letters.Take(63)]));
        var name = label.NonEmptyListOf().Select(labels => string.Join('.', labels.Take(4))).Where(text => text.Length <= 253);
        Prop.ForAll(name.ToArbitrary(), text => DnsName.Print(DnsName.Encode(text)) == text && DnsName.Encode(text + ".").AsSpan().SequenceEqual(DnsName.Encode(text)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Test]
    public void Any_stream_of_messages_is_cut_as_it_was_put_together_whatever_its_pieces()
    {
        var message = Gen.Choose(0, 255).Select(octet => (byte)octet).ArrayOf();
        var stream = Gen.Zip(message.ListOf(), Gen.Choose(1, 40).NonEmptyListOf());
        Prop.ForAll(stream.ToArbitrary(), pair =>
        {
            var octets = pair.Item1.SelectMany(each => (byte[])[(byte)(each.Length >> 8), (byte)each.Length, .. each]).ToArray();
            var frames = new FrameReader();
            var read = new List<byte[]>();
            var (at, piece) = (0, 0);
            while (at < octets.Length)
            {
                var room = frames.Room();
                var count = Math.Min(Math.Min(room.Length, pair.Item2[piece++ % pair.Item2.Count]), octets.Length - at);
                octets.AsMemory(at, count).CopyTo(room);
                frames.Filled(count);
                at += count;
                while (frames.TryTake(out var taken)) read.Add(taken.ToArray());
            }
            return !frames.IsInside && read.Count == pair.Item1.Count && read.Zip(pair.Item1).All(two => two.First.AsSpan().SequenceEqual(two.Second));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Test]
    public void RFC_1035_4_2_2_the_longest_message_over_TCP_is_read()
    {
        var frames = new FrameReader();
        var octets = new byte[2 + 65535];
        (octets[0], octets[1]) = (255, 255);
        for (var at = 0; at < octets.Length;)
        {
            var room = frames.Room();
            var count = Math.Min(room.Length, octets.Length - at);
            octets.AsMemory(at, count).CopyTo(room);
            frames.Filled(count);
            at += count;
        }
        Assert.That(frames.TryTake(out var message) ? message.Length : 0, Is.EqualTo(65535));
    }

    [TestCase("c00c", DnsError.CompressedQuestion, TestName = "RFC_9267_2_a_question_that_points_to_itself")]
    [TestCase("c000", DnsError.CompressedQuestion, TestName = "RFC_9267_2_a_question_that_points_into_the_header")]
    [TestCase("0161c00c", DnsError.CompressedQuestion)]
    [TestCase("4161", DnsError.ReservedLabel, TestName = "RFC_6891_5_label_type_01")]
    [TestCase("8161", DnsError.ReservedLabel, TestName = "RFC_1035_4_1_4_label_type_10")]
    [TestCase("3f61", DnsError.Truncated)]
    [TestCase("", DnsError.Truncated)]
    public void A_question_with_a_broken_name_is_refused(string name, DnsError why)
    {
        byte[] message = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Convert.FromHexString(name), .. why is DnsError.Truncated ? (byte[])[] : [0, 1, 0, 1]];
        Assert.That(DnsQueryReader.TryRead(message, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(why));
    }

    [Test]
    public void RFC_1035_2_3_4_a_name_of_255_octets_is_read_and_one_more_is_not()
    {
        byte[] Message(int last)
        {
            var labels = Enumerable.Repeat((byte[])[63, .. Enumerable.Repeat((byte)'a', 63)], 3).SelectMany(label => label);
            return [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. labels, (byte)last, .. Enumerable.Repeat((byte)'b', last), 0, 0, 1, 0, 1];
        }
        Assert.That(DnsQueryReader.TryRead(Message(61), out var query, out _), Is.True);
        Assert.That(query.NameLength, Is.EqualTo(255));
        Assert.That(DnsQueryReader.TryRead(Message(62), out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(DnsError.NameTooLong));
    }

    [TestCase("c00e", DnsError.BadPointer, TestName = "RFC_9267_2_a_pointer_forward")]
    [TestCase("c00c", DnsError.BadPointer, TestName = "RFC_9267_2_a_pointer_to_itself")]
    [TestCase("c003", DnsError.BadPointer, TestName = "RFC_9267_2_a_pointer_into_the_header")]
    [TestCase("ffff", DnsError.BadPointer, TestName = "RFC_9267_2_a_pointer_beyond_the_end")]
    [TestCase("c0", DnsError.Truncated)]
    public void A_broken_pointer_is_refused(string octets, DnsError why)
    {
        byte[] message = [.. new byte[DnsHeader.Length], .. Convert.FromHexString(octets)];
        var reader = new DnsRecordReader(message, DnsHeader.Length);
        Assert.That(reader.SkipName(), Is.EqualTo(why));
    }

    [Test]
    public void RFC_9267_2_pointers_that_point_at_each_other_end()
    {
        // 12: "a" and a pointer to 16; 16: "b" and a pointer to 12.
        byte[] message = [.. new byte[DnsHeader.Length], 1, (byte)'a', 0xc0, 16, 1, (byte)'b', 0xc0, 12];
        foreach (var at in new[] { 12, 16 })
        {
            var reader = new DnsRecordReader(message, at);
            Assert.That(reader.SkipName(), Is.EqualTo(DnsError.BadPointer));
        }
    }

    [Test]
    public void RFC_1035_3_2_1_data_beyond_the_message_is_refused_and_what_follows_the_last_record_is_nothing()
    {
        var message = Names.Question("node1.lab.example", DnsType.A, payload: 1232);
        byte[] longer = [.. message, 1, 2, 3];
        Assert.That(DnsQueryReader.TryRead(longer, out _, out _), Is.True);
        message[^1] = 9;
        Assert.That(DnsQueryReader.TryRead(message, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(DnsError.BadData));
    }

    [Test]
    public void RFC_2181_8_a_time_to_live_with_its_top_bit_is_zero()
    {
        var message = Response("a.example", DnsType.A, [Record("a.example", DnsType.A, 0x8000_0001, [192, 0, 2, 1])]);
        Assert.That(DnsReplyReader.TryRead(message, out var reply, out _), Is.True);
        Assert.That(reply.LeastTimeToLive, Is.Zero);
    }

    [Test]
    public void RFC_3597_4_names_in_the_data_of_old_types_are_written_whole_when_a_record_moves()
    {
        var message = Samples().Last();
        var reader = new DnsRecordReader(message, DnsHeader.Length);
        reader.SkipName();
        reader = new DnsRecordReader(message, reader.Offset + 4);
        reader.ReadRecord(out var alias);
        var copy = new byte[100];
        var length = DnsRecordCopy.Copy(message, alias, 7, copy);
        Assert.That(copy[..length], Is.EqualTo(Record("www.example.org", DnsType.Cname, 7, DnsName.Encode("a.example.org"))));
        Assert.That(DnsRecordCopy.Copy(message, alias, 7, copy.AsSpan(0, length - 1)), Is.Zero);
    }

    /// <summary>A whole record.</summary>
    public static byte[] Record(string owner, DnsType type, uint life, byte[] data) => DnsWriter.Record(DnsName.Encode(owner), type, life, data);

    /// <summary>A response of an upstream.</summary>
    public static byte[] Response(
        string name, DnsType type, byte[][] answers, byte[][]? authorities = null, DnsResponseCode code = DnsResponseCode.NoError, ushort flags = 0, ushort id = 0x1234)
    {
        byte[] message = [.. DnsWriter.Query(id, DnsHeader.RecursionDesired, DnsName.Encode(name), type, 0, false), .. answers.SelectMany(record => record), .. (authorities ?? []).SelectMany(record => record)];
        new DnsHeader(id, (ushort)(DnsHeader.Response | DnsHeader.RecursionDesired | DnsHeader.RecursionAvailable | flags | (ushort)code), 1, (ushort)answers.Length, (ushort)(authorities?.Length ?? 0), 0).Write(message);
        return message;
    }

    private static void Survives(ReadOnlySpan<byte> octets)
    {
        var asked = DnsQueryReader.TryRead(octets, out var query, out var queryError);
        if (asked == (queryError != DnsError.None) && asked) Assert.Fail($"{Convert.ToHexString(octets)}: read with {queryError}");
        if (asked && query.QuestionEnd > octets.Length) Assert.Fail($"{Convert.ToHexString(octets)}: the question ends beyond the message");
        if (!DnsReplyReader.TryRead(octets, out var reply, out var replyError))
        {
            if (replyError is DnsError.None) Assert.Fail($"{Convert.ToHexString(octets)}: refused without a reason");
            return;
        }
        if (reply.AuthoritiesEnd > octets.Length) Assert.Fail($"{Convert.ToHexString(octets)}: sections end beyond the message");
        // What was read is kept, aged and moved without a fault.
        var kept = CachedReply.Of(octets, reply, Names.Now);
        var copy = kept.Records.ToArray();
        kept.Age(copy, Names.Now.AddSeconds(5), stale: false);
    }
}
