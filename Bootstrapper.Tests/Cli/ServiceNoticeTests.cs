using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

[TestFixture]
public sealed class ServiceNoticeTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void The_manager_gets_a_datagram_with_a_line_each(bool isAbstract)
    {
        using var folder = new TemporaryFolder();
        var path = isAbstract ? $"@sextant-test-{Environment.ProcessId}" : folder.File("notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{path[1..]}" : path));
        ServiceNotice.Send(path, ServiceNotice.Ready, "STATUS=here");
        var told = new byte[200];
        Assert.That(Encoding.UTF8.GetString(told, 0, manager.Receive(told)), Is.EqualTo("READY=1\nSTATUS=here"));
    }

    [TestCase(null)]
    [TestCase("")]
    public void Without_a_manager_nobody_is_told(string? path) => Assert.DoesNotThrow(() => ServiceNotice.Send(path, ServiceNotice.Ready));
}
