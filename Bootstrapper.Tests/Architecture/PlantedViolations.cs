// Each class here breaks one rule of the layering table on purpose, in a world of its own (Sextant.Tests.Architecture.Planted),
// so that the layering test is known to bite. The namespaces mirror the product's folders; that is why one file holds several.
#pragma warning disable CA1812, CA1852, IDE0130

using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sextant.Tests.Architecture.Planted.Dhcp
{
    internal sealed class Root
    {
        public static int Answer => 42;
    }

    internal sealed class UsesItsServer
    {
        public static object Open() => new Server.Port();
    }

    internal sealed class OpensASocketInALambda
    {
        public static Func<object> Later() => () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    }

    internal sealed class ReadsTheClock
    {
        public static DateTimeOffset Now() => DateTimeOffset.UtcNow;
    }

    internal sealed class Logs
    {
        public ILogger? Logger { get; init; }
    }
}

namespace Sextant.Tests.Architecture.Planted.Dhcp.Wire
{
    internal sealed class UsesItsParent
    {
        public static int Peek() => Root.Answer;
    }
}

namespace Sextant.Tests.Architecture.Planted.Dhcp.Server
{
    internal sealed class Port;
}

namespace Sextant.Tests.Architecture.Planted.Tftp
{
    internal sealed class UsesAnotherProtocol
    {
        public static int Peek() => Dhcp.Root.Answer;
    }
}

namespace Sextant.Tests.Architecture.Planted.Planning
{
    internal sealed class ReadsAFile
    {
        public static string Read(string path) => File.ReadAllText(path);
    }

    internal sealed class RollsDice
    {
        public static int Roll() => new Random(1).Next();
    }
}

namespace Sextant.Tests.Architecture.Planted.Rendering
{
    internal sealed class KnowsAboutRequests
    {
        public static string Path(HttpContext context) => context.Request.Path;
    }
}

namespace Sextant.Tests.Architecture.Planted.Primitives
{
    internal sealed class KnowsThePlan
    {
        public static int Peek() => Planning.RollsDice.Roll();
    }
}

namespace Sextant.Tests.Architecture.Planted.Storage
{
    internal sealed class FindsServices(IServiceProvider services)
    {
        public object? Find() => services.GetService(typeof(string));
    }
}

namespace Sextant.Tests.Architecture.Planted.Status
{
    internal sealed class Page;
}

namespace Sextant.Tests.Architecture.Planted.Boot
{
    internal sealed class DependsOnStatus
    {
        public static object Make() => new Status.Page();
    }
}

namespace Sextant.Tests.Architecture.Planted.Helpers
{
    internal sealed class Anything;
}
