namespace Sextant.Registry;

/// <summary>What the registry of a running service stands on.</summary>
/// <param name="Store">Its content.</param>
/// <param name="Token">Who may push.</param>
/// <param name="Port">TCP port of its listener.</param>
/// <param name="OwnNames">Lower-case host names and addresses that mean this registry itself, without port, at this moment.</param>
public sealed record RegistryService(RegistryStore Store, PushToken Token, int Port, Func<IReadOnlyCollection<string>> OwnNames)
{
    /// <summary>The folder of the registry in a state folder.</summary>
    public static string FolderIn(string state) => Path.Combine(state, "registry");
}
