namespace Sextant.Tests.TestKit;

/// <summary>The built product as its users start it.</summary>
internal static class Product
{
    /// <summary>The program, for <c>dotnet</c>.</summary>
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "sextant.dll");

    /// <summary>Runs one verb to its end.</summary>
    public static Tool.Result Run(params string[] arguments) => Tool.Run("dotnet", [Dll, .. arguments]);
}
