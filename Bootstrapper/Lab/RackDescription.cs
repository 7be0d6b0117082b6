using System.Globalization;
using Sextant.Cluster;

namespace Sextant.Lab;

/// <summary>The rack's own copy of a description: the same, and where its management controllers are. Pure.</summary>
public static class RackDescription
{
    /// <summary>The account at the controllers.</summary>
    public const string Username = "rack";

    /// <summary>The description's text with the controllers at its end.</summary>
    /// <param name="text">The description.</param>
    /// <param name="folder">The rack's folder.</param>
    /// <param name="port">The TCP port of 127.0.0.1 on which they answer, in the rack's namespace.</param>
    public static string With(string text, RackFolder folder, int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        {{text.TrimEnd('\n')}}

        # Added by sextant lab: each machine's management controller.
        bmc:
          url: http://127.0.0.1:{{port}}/{hostname}
          username: {{Username}}
          password_file: {{folder.ControllerPassword}}

        """);

    /// <summary>
    /// Whether a description can be copied so: it has no controllers of its own, names no file relative to its folder, and its text goes on after its end.
    /// </summary>
    public static bool IsPossible(string text, ClusterDescription description, RackFolder folder) =>
        description.Nodes.All(node => node.Bmc is null) && description.GivenFiles.All(file => Path.IsPathRooted(file.Path))
        && ClusterFile.Parse(With(text, folder, 1), "cluster-desc.yaml").Description?.Nodes.All(node => node.Bmc is not null) is true;
}
