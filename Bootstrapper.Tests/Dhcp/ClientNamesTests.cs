using System.Text;
using NUnit.Framework;
using Sextant.Dhcp.Wire;

namespace Sextant.Tests.Dhcp;

[TestFixture]
public sealed class ClientNamesTests
{
    [TestCase("printer", null, "printer", TestName = "RFC_2132_3_14_host_name")]
    [TestCase("printer", "00 00 00|plotter.office", "plotter.office", TestName = "RFC_4702_2_the_FQDN_comes_first")]
    [TestCase(null, "04 00 00|\u0007plotter\u0006office\0", "plotter", TestName = "RFC_4702_2_3_the_FQDN_in_wire_form")]
    [TestCase("printer", "04 00 00|\u003fx", "printer", TestName = "A_broken_FQDN_is_none")]
    [TestCase("printer", "00 00 00|", "printer")]
    [TestCase("a b\tc", null, "a?b?c")]
    [TestCase("name\0rest", null, "name")]
    [TestCase("", null, "")]
    [TestCase(null, null, "")]
    public void A_machine_is_called_as_it_says(string? host, string? fqdn, string name)
    {
        var options = new List<DhcpOption>();
        if (host is not null) options.Add(new DhcpOption(OptionCode.HostName, Encoding.Latin1.GetBytes(host)));
        if (fqdn is not null)
        {
            var parts = fqdn.Split('|');
            options.Add(new DhcpOption(OptionCode.ClientFqdn, (byte[])[.. Convert.FromHexString(parts[0].Replace(" ", "", StringComparison.Ordinal)), .. Encoding.Latin1.GetBytes(parts[1])]));
        }
        Assert.That(Sextant.Dhcp.ClientNames.Of(new DhcpOptions(options)), Is.EqualTo(name));
    }
}
