using NUnit.Framework;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp;

/// <summary>Whole transfers over a channel that loses, repeats and reorders packets, in simulated time, with clients of several habits.</summary>
[TestFixture]
public sealed class TftpSimulationTests
{
    [Test]
    public void Every_transfer_arrives_whole_over_a_bad_channel(
        [Values(1, 4, 16)] int window, [Values(0, 8, 511, 512, 20_000)] int length, [Values] bool acknowledgesWhatItKnows, [Values(0, 3, 8)] int lossPercent)
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var run = new Simulation(seed, window, length, lossPercent, repeatPercent: 10, acknowledgesWhatItKnows);
            var end = run.Run();
            Assert.That(run.ReceivedWhole, Is.True, $"seed {seed}: {end} after {run.Elapsed}");
            Assert.That(end, Is.EqualTo(TransferEnd.Complete).Or.EqualTo(TransferEnd.Unconfirmed), $"seed {seed}");
        }
    }

    [Test]
    public void Repeated_packets_alone_never_cause_another_transmission([Values] bool acknowledgesWhatItKnows)
    {
        var run = new Simulation(seed: 5, window: 1, length: 100_000, lossPercent: 0, repeatPercent: 100, acknowledgesWhatItKnows);
        Assert.That(run.Run(), Is.EqualTo(TransferEnd.Complete));
        Assert.That(run.BlocksSent, Is.EqualTo(100_000 / 512 + 1), "the Sorcerer's Apprentice would double every block behind the first repetition");
    }

    [Test]
    public void A_clean_channel_sees_every_block_once([Values(1, 4, 16, 64)] int window)
    {
        var run = new Simulation(seed: 1, window, length: 200_000, lossPercent: 0, repeatPercent: 0, acknowledgesWhatItKnows: true, inOrder: true);
        Assert.That(run.Run(), Is.EqualTo(TransferEnd.Complete));
        Assert.That(run.BlocksSent, Is.EqualTo(200_000 / 512 + 1));
    }

    [Test]
    public void A_lost_block_in_a_window_costs_far_less_than_a_timeout()
    {
        var run = new Simulation(seed: 2, window: 16, length: 400_000, lossPercent: 2, repeatPercent: 0, acknowledgesWhatItKnows: true, inOrder: true);
        Assert.That(run.Run(), Is.EqualTo(TransferEnd.Complete));
        Assert.That(run.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)), "about sixteen losses, of which few take the only packet there is");
    }

    /// <summary>Server, client, and what is in flight between them.</summary>
    private sealed class Simulation
    {
        private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        private static readonly TimeSpan ClientTimeout = TimeSpan.FromSeconds(1.5);

        private readonly PriorityQueue<(bool ToClient, TftpPacket Packet), (DateTimeOffset At, int Order)> inFlight = new();
        private readonly Random random;
        private readonly int window;
        private readonly int lossPercent;
        private readonly int repeatPercent;
        private readonly bool acknowledgesWhatItKnows;
        private readonly bool inOrder;
        private readonly byte[] file;
        private readonly List<byte> received = [];
        private readonly TransferParameters parameters;
        private readonly TftpTransfer transfer;
        private DateTimeOffset now = Start;
        private DateTimeOffset clientDeadline = Start + ClientTimeout;
        private long expected = 1;
        private int inWindow;
        private bool optionsSeen;
        private bool clientDone;
        private int order;

        public Simulation(int seed, int window, int length, int lossPercent, int repeatPercent, bool acknowledgesWhatItKnows, bool inOrder = false)
        {
            random = new Random(seed);
            (this.window, this.lossPercent, this.repeatPercent) = (window, lossPercent, repeatPercent);
            (this.acknowledgesWhatItKnows, this.inOrder) = (acknowledgesWhatItKnows, inOrder);
            file = new byte[length];
            random.NextBytes(file);
            List<TftpOption> options = window == 1 ? [new TftpOption("blksize", "512")] : [new TftpOption("windowsize", $"{window}")];
            parameters = TftpNegotiation.Negotiate(options, length, new TftpLimits());
            transfer = new TftpTransfer(parameters, length);
        }

        public int BlocksSent { get; private set; }

        public TimeSpan Elapsed => now - Start;

        public bool ReceivedWhole => clientDone && received.SequenceEqual(file);

        public TransferEnd Run()
        {
            var step = transfer.Start(now);
            while (true)
            {
                switch (step)
                {
                    case TransferStep.SendOptions:
                        Send(toClient: true, new TftpPacket.OptionAcknowledgment(parameters.Accepted));
                        break;
                    case TransferStep.SendBlocks blocks:
                        BlocksSent += blocks.Count;
                        for (var i = blocks.First; i < blocks.First + blocks.Count; i++)
                            Send(toClient: true, new TftpPacket.Data((ushort)i, file.AsSpan((int)((i - 1) * 512), (int)Math.Min(512, file.Length - (i - 1) * 512)).ToArray()));
                        break;
                    case TransferStep.End end:
                        return end.How;
                    default:
                        break;
                }
                step = Advance();
            }
        }

        private TransferStep Advance()
        {
            var client = clientDone ? DateTimeOffset.MaxValue : clientDeadline;
            if (inFlight.TryPeek(out var next, out var key) && key.At <= client && key.At <= transfer.NextDeadline)
            {
                inFlight.Dequeue();
                now = key.At;
                if (!next.ToClient) return transfer.OnPacket(next.Packet, now);
                OnClientPacket(next.Packet);
                return new TransferStep.Wait();
            }
            if (client < transfer.NextDeadline)
            {
                now = client;
                Acknowledge();
                return new TransferStep.Wait();
            }
            now = transfer.NextDeadline;
            return transfer.OnTimer(now);
        }

        private void OnClientPacket(TftpPacket packet)
        {
            if (packet is TftpPacket.OptionAcknowledgment && expected == 1)
            {
                optionsSeen = true;
                Acknowledge();
            }
            if (packet is not TftpPacket.Data data || !optionsSeen) return;
            if (data.Block != (ushort)expected || clientDone)
            {
                // GRUB and EDK2 say again what they have; others keep quiet until their timer. All say again that they have the last block.
                if (acknowledgesWhatItKnows || clientDone || (window > 1 && (ushort)(data.Block - (ushort)expected) < window)) Acknowledge();
                return;
            }
            received.AddRange(data.Content);
            expected++;
            clientDone = data.Content.Length < 512;
            if (++inWindow >= window || clientDone) Acknowledge();
        }

        private void Acknowledge()
        {
            inWindow = 0;
            clientDeadline = now + ClientTimeout;
            if (optionsSeen) Send(toClient: false, new TftpPacket.Acknowledgment((ushort)(expected - 1)));
        }

        private void Send(bool toClient, TftpPacket packet)
        {
            var copies = (random.Next(100) >= lossPercent ? 1 : 0) + (random.Next(100) < repeatPercent ? 1 : 0);
            for (var i = 0; i < copies; i++)
                inFlight.Enqueue((toClient, packet), (now + TimeSpan.FromMicroseconds(inOrder ? 200 : random.Next(100, 3000)), order++));
        }
    }
}
