using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class QmpTests
{
    private const string Greeting = """{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}""";
    private const string Done = """{"return": {}}""";

    [Test]
    public async Task Events_between_a_command_and_its_answer_are_passed_over()
    {
        using var qemu = new Emulator(Greeting, Done, """{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RESET", "data": {"guest": false}}""" + "\n" + Done);
        using (var monitor = await Qmp.ConnectAsync(qemu.Path))
            Assert.That(await monitor.ExecuteAsync("system_reset"), Is.EqualTo("{}"));
        Assert.That(await qemu.Heard, Is.EqualTo(new[] { """{"execute":"qmp_capabilities"}""", """{"execute":"system_reset"}""" }));
    }

    [TestCase("""{"error": {"class": "CommandNotFound", "desc": "no such command"}}""", "QEMU refused 'system_reset'")]
    [TestCase("not JSON", "QEMU's monitor broke off")]
    [TestCase("", "QEMU's monitor broke off")]
    public async Task A_bad_answer_is_said(string answer, string reason)
    {
        using var qemu = new Emulator(Greeting, Done, answer);
        using var monitor = await Qmp.ConnectAsync(qemu.Path);
        Assert.That(async () => await monitor.ExecuteAsync("system_reset"), Throws.TypeOf<LabException>().With.Message.Contains(reason));
    }

    [Test]
    public async Task A_monitor_that_closes_is_said()
    {
        using var qemu = new Emulator(Greeting, Done);
        using var monitor = await Qmp.ConnectAsync(qemu.Path);
        Assert.That(async () => await monitor.ExecuteAsync("quit"), Throws.TypeOf<LabException>());
    }

    [Test]
    public void Something_else_on_the_socket_is_noticed()
    {
        using var qemu = new Emulator("""{"hello": "world"}""");
        Assert.That(async () => await Qmp.ConnectAsync(qemu.Path), Throws.TypeOf<LabException>().With.Message.Contains("does not speak"));
    }

    [Test]
    public void Nobody_on_the_socket_is_noticed()
    {
        using var folder = LabSamples.Folder();
        Assert.That(async () => await Qmp.ConnectAsync(folder["qmp.sock"]), Throws.TypeOf<LabException>().With.Message.Contains("does not answer"));
    }

    /// <summary>The emulator's end: says its lines one by one, the first at once and each other after a command, then closes.</summary>
    private sealed class Emulator : IDisposable
    {
        private readonly TemporaryFolder folder = LabSamples.Folder();
        private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public Emulator(params string[] lines)
        {
            listener.Bind(new UnixDomainSocketEndPoint(Path));
            listener.Listen();
            Heard = ServeAsync(lines);
        }

        public string Path => folder["qmp.sock"];

        public Task<IReadOnlyList<string>> Heard { get; }

        public void Dispose()
        {
            listener.Dispose();
            folder.Dispose();
        }

        private async Task<IReadOnlyList<string>> ServeAsync(string[] lines)
        {
            using var client = await listener.AcceptAsync();
            await using var stream = new NetworkStream(client);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
            var heard = new List<string>();
            await writer.WriteLineAsync(lines[0]);
            foreach (var line in lines.Skip(1))
            {
                if (await reader.ReadLineAsync() is not { } command) break;
                heard.Add(command);
                await writer.WriteLineAsync(line);
            }
            return heard;
        }
    }
}
