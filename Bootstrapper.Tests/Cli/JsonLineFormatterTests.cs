using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

[TestFixture]
public sealed partial class JsonLineFormatterTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");

    [Test]
    public void A_line_has_its_fields_by_name()
    {
        using var line = JsonDocument.Parse(Written(log => LogSomething(log, Mac, Ipv4Address.Parse("10.0.0.7"), 3, true, null, "an \"event\"")));
        var root = line.RootElement;
        Assert.That(root.EnumerateObject().Select(field => $"{field.Name}={field.Value}"), Is.EqualTo(new[]
        {
            "time=2026-01-02T03:04:05.000Z", "level=warning", "event_id=9901", "category=Sextant.Test", "message=52:54:00:00:00:01 at 10.0.0.7: 3 True (null) an \"event\"",
            "mac=52:54:00:00:00:01", "peer_address=10.0.0.7", "count=3", "good=True", "nothing=", "message_=an \"event\"",
        }));
        Assert.That((root.GetProperty("count").ValueKind, root.GetProperty("good").ValueKind, root.GetProperty("nothing").ValueKind), Is.EqualTo((JsonValueKind.Number, JsonValueKind.True, JsonValueKind.Null)));
    }

    [Test]
    public void An_exception_and_a_line_end_stay_on_the_line()
    {
        var text = Written(log => LogFailed(log, "one\ntwo", new InvalidOperationException("first\nsecond")));
        Assert.That(text.TrimEnd('\n'), Does.Not.Contain('\n'));
        using var line = JsonDocument.Parse(text);
        Assert.That(line.RootElement.GetProperty("exception").GetString(), Does.Contain("InvalidOperationException: first\nsecond"));
    }

    [Test]
    public void In_the_journal_a_line_begins_with_its_priority()
    {
        Assert.That(Written(log => LogFailed(log, "x", new InvalidOperationException()), toJournal: true), Does.StartWith("<3>{\"time\""));
        Assert.That(Written(log => LogSomething(log, Mac, default, 1, false, null, ""), toJournal: true), Does.StartWith("<4>{\"time\""));
    }

    [TestCase("8:1234", "socket:[1234]", true)]
    [TestCase("8:1234", "socket:[123]", false)]
    [TestCase("8:1234", "/dev/pts/1", false)]
    [TestCase("8:1234", null, false)]
    [TestCase(null, "socket:[1234]", false)]
    [TestCase("8:", "socket:[]", false)]
    [TestCase("1234", "socket:[1234]", false)]
    public void The_journal_is_known_by_its_socket(string? variable, string? link, bool expected) => Assert.That(JournalStream.Is(variable, link), Is.EqualTo(expected));

    private static string Written(Action<ILogger> act, bool toJournal = false)
    {
        var formatter = new JsonLineFormatter(toJournal, new FakeTime());
        using var text = new StringWriter { NewLine = "\n" };
        act(new FormattedLog(formatter, text));
        return text.ToString();
    }

    [LoggerMessage(9901, LogLevel.Warning, "{Mac} at {PeerAddress}: {Count} {Good} {Nothing} {Message}")]
    private static partial void LogSomething(ILogger log, MacAddress mac, Ipv4Address peerAddress, int count, bool good, string? nothing, string message);

    [LoggerMessage(9902, LogLevel.Error, "failed at {What}")]
    private static partial void LogFailed(ILogger log, string what, Exception failure);

    private sealed class FormattedLog(JsonLineFormatter formatter, TextWriter text) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter1) =>
            formatter.Write(new LogEntry<TState>(logLevel, "Sextant.Test", eventId, state, exception, formatter1), null, text);
    }
}
