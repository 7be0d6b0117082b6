using NUnit.Framework;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp;

/// <summary>
/// Each case is a conversation: <c>&gt;</c> is what the transfer does, <c>&lt;</c> what the client sends, <c>+</c> milliseconds that pass with the
/// timer called at their end.
/// </summary>
[TestFixture]
public sealed class TftpTransferTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // RFC 1350: the last block is shorter than the others, and empty when the size is a multiple of the block
    [TestCase(0, "", ">1 <1 >complete")]
    [TestCase(1, "", ">1 <1 >complete")]
    [TestCase(511, "", ">1 <1 >complete")]
    [TestCase(512, "", ">1 <1 >2 <2 >complete")]
    [TestCase(513, "", ">1 <1 >2 <2 >complete")]
    // RFC 2347: options are acknowledged first, and the client answers with ACK 0
    [TestCase(600, "blksize=512", ">oack <0 >1 <1 >2 <2 >complete")]
    [TestCase(600, "blksize=512", ">oack <1 >- <0 >1")]
    // RFC 1123 4.2.3.1: a repeated ACK sends nothing
    [TestCase(2000, "", ">1 <1 >2 <1 >- <1 >- <1 >- <2 >3 <2 >- <3 >4 <4 >complete")]
    [TestCase(2000, "blksize=512", ">oack <0 >1 <0 >- <1 >2")]
    // an ACK of what was not sent, or long ago, says nothing
    [TestCase(2000, "", ">1 <2 >- <9 >- <65535 >- <0 >- <1 >2 <0 >- <65535 >-")]
    // RFC 1123 4.2.3.2: 1 s before a round trip was measured, doubled up to 8 s, until 31 s of silence
    [TestCase(2000, "", ">1 +999 >- +1 >1 +1999 >- +1 >1 +4000 >1 +8000 >1 +8000 >1 +8000 >silent")]
    [TestCase(2000, "", ">1 +1000 >1 +2000 >1 <1 >2 +1000 >2")]
    [TestCase(2000, "blksize=512", ">oack +1000 >oack +2000 >oack <0 >1 +1000 >1")]
    [TestCase(2000, "blksize=512", ">oack +1000 >oack +2000 >oack +4000 >oack +8000 >oack +8000 >oack +8000 >silent")]
    // then by the round trips: a quarter of a second at least, and more where they are long and uneven; what was sent twice does not count
    [TestCase(2000, "", ">1 <1 >2 +250 >2 +500 >2 +1000 >2 +2000 >2 +4000 >2 +8000 >2 +8000 >2 +7999 >- +1 >silent")]
    [TestCase(2000, "", ">1 +200 >- <1 >2 +599 >- +1 >2 <2 >3 +599 >- +1 >3")]
    // RFC 2349: the client's timeout is kept, without doubling
    [TestCase(2000, "timeout=3", ">oack +1000 >- +2000 >oack +3000 >oack +3000 >oack <0 >1 +2999 >- +1 >1")]
    // the ACK of the last block may never come
    [TestCase(100, "", ">1 +1000 >1 +2000 >1 +4000 >1 +8000 >1 +8000 >1 +8000 >unconfirmed")]
    // RFC 7440: a window is sent at once, the next when its last block is acknowledged
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <4 >5-8 <8 >9-10 <10 >complete")]
    [TestCase(1024, "windowsize=4", ">oack <0 >1-3 <3 >complete")]
    [TestCase(100, "windowsize=4", ">oack <0 >1 <1 >complete")]
    // an ACK within the window: a block behind it was lost, the window begins anew there
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <2 >3-6 <6 >7-10 <10 >complete")]
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <3 >4-7 <3 >- <7 >8-10 <9 >10 <10 >complete")]
    // the window's first block was lost: the client repeats its last ACK, once for each block it sees; the window is sent once more
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <4 >5-8 <4 >- <4 >- <4 >- +20 >5-8 <8 >9-10")]
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <0 >- +20 >1-4 <4 >5-8")]
    // a late repetition beside real progress sends nothing extra
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <4 >5-8 <4 >- <8 >9-10 +20 >- <10 >complete")]
    // and a client that repeats itself for ever is not answered for ever
    [TestCase(5000, "windowsize=4", ">oack <0 >1-4 <4 >5-8 <4 >- +20 >5-8 <4 >- +20 >- <4 >- +480 >5-8 <4 >- +1000 >5-8")]
    // nor is one that comes sooner than the answer to the window could, until then
    [TestCase(5000, "windowsize=4", ">oack +100 >- <0 >1-4 <2 >3-6 <2 >- +20 >- +87 >- +1 >3-6 <6 >7-10")]
    // EDK2's size probe; errors end a transfer
    [TestCase(5000, "tsize=0", ">oack <E8 >probe +9999 >- <0 >-")]
    [TestCase(5000, "tsize=0", ">oack <E4 >aborted")]
    [TestCase(5000, "tsize=0", ">oack <0 >1 <E8 >aborted")]
    [TestCase(5000, "", ">1 <E0 >aborted <1 >-")]
    // what a client never sends is ignored
    [TestCase(5000, "", ">1 <DATA >- <OACK >- <RRQ >- <1 >2")]
    public void The_conversation_goes_by_the_rules(int length, string options, string conversation)
    {
        var asked = options.Split(' ').Where(each => each.Length > 0).Select(each => new TftpOption(each.Split('=')[0], each.Split('=')[1])).ToList();
        var transfer = new TftpTransfer(TftpNegotiation.Negotiate(asked, length, new TftpLimits()), length);
        var now = Start;
        var actual = new List<string>();
        foreach (var word in conversation.Split(' '))
        {
            if (word[0] == '>')
            {
                if (actual.Count == 0) actual.Add(">" + Print(transfer.Start(now)));
                continue;
            }
            actual.Add(word);
            if (word[0] == '+') now += TimeSpan.FromMilliseconds(int.Parse(word[1..], null));
            actual.Add(">" + Print(word[0] == '+' ? transfer.OnTimer(now) : transfer.OnPacket(Packet(word[1..]), now)));
        }
        Assert.That(string.Join(' ', actual), Is.EqualTo(conversation));
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(64)]
    public void Block_numbers_go_on_at_zero_after_65535(int window)
    {
        const int blocks = 3 * 65536 + 10;
        var parameters = TftpNegotiation.Negotiate([new TftpOption("windowsize", $"{window}"), new TftpOption("blksize", "8")], 1, new TftpLimits());
        var transfer = new TftpTransfer(parameters, 8L * (blocks - 1));
        transfer.Start(Start);
        var step = transfer.OnPacket(new TftpPacket.Acknowledgment(0), Start);
        long next = 1;
        while (step is TransferStep.SendBlocks send)
        {
            Assert.That(send.First, Is.EqualTo(next));
            next += send.Count;
            step = transfer.OnPacket(new TftpPacket.Acknowledgment((ushort)(next - 1)), Start);
        }
        Assert.That((next - 1, step), Is.EqualTo(((long)blocks, (TransferStep)new TransferStep.End(TransferEnd.Complete))));
    }

    [Test]
    public void A_hundred_thousand_random_packets_at_random_times_do_no_harm()
    {
        var random = new Random(7440);
        var ends = new HashSet<TransferEnd>();
        TftpTransfer? transfer = null;
        var (now, lastSent, blocks, window) = (Start, 0L, 0L, 0);
        for (var i = 0; i < 100_000; i++)
        {
            if (transfer is null)
            {
                var length = random.Next(40_000);
                window = random.Next(1, 9);
                List<TftpOption> options = random.Next(4) == 0 ? [] : [new TftpOption("windowsize", $"{window}"), new TftpOption("blksize", "512")];
                if (options.Count == 0) window = 1;
                (blocks, lastSent) = (length / 512 + 1, 0);
                transfer = new TftpTransfer(TftpNegotiation.Negotiate(options, length, new TftpLimits()), length);
                Check(transfer.Start(now));
            }
            now += TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(3000) : 0);
            TftpPacket packet = random.Next(40) switch
            {
                0 => new TftpPacket.Data((ushort)random.Next(65536), new byte[random.Next(3)]),
                1 => new TftpPacket.OptionAcknowledgment([]),
                2 when random.Next(20) == 0 => new TftpPacket.Error((TftpErrorCode)random.Next(10), ""),
                < 25 => new TftpPacket.Acknowledgment((ushort)(lastSent - random.Next(3))),
                _ => new TftpPacket.Acknowledgment((ushort)random.Next(90)),
            };
            var step = random.Next(5) == 0 ? transfer.OnTimer(now) : transfer.OnPacket(packet, now);
            Check(step);
            if (step is not TransferStep.End end) continue;
            ends.Add(end.How);
            transfer = null;
        }
        Assert.That(ends, Is.SupersetOf([TransferEnd.Complete, TransferEnd.Aborted, TransferEnd.Probe]));

        void Check(TransferStep step)
        {
            if (step is TransferStep.SendBlocks send)
            {
                var last = send.First + send.Count - 1;
                if (send.Count < 1 || send.Count > window || send.First < 1 || last > blocks) Assert.Fail($"sends {send} of {blocks} with window {window}");
                lastSent = last;
            }
            if (step is not TransferStep.End && transfer!.NextDeadline == DateTimeOffset.MaxValue) Assert.Fail("a living transfer has no deadline");
        }
    }

    private static TftpPacket Packet(string word) => word switch
    {
        "DATA" => new TftpPacket.Data(1, [1]),
        "OACK" => new TftpPacket.OptionAcknowledgment([]),
        "RRQ" => new TftpPacket.Request(false, "f", "octet", []),
        _ when word[0] == 'E' => new TftpPacket.Error((TftpErrorCode)int.Parse(word[1..], null), ""),
        _ => new TftpPacket.Acknowledgment(ushort.Parse(word, null)),
    };

    private static string Print(TransferStep step) => step switch
    {
        TransferStep.Wait => "-",
        TransferStep.SendOptions => "oack",
        TransferStep.SendBlocks { Count: 1 } one => $"{one.First}",
        TransferStep.SendBlocks many => $"{many.First}-{many.First + many.Count - 1}",
        TransferStep.End end => end.How.ToString().ToLowerInvariant(),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };
}
