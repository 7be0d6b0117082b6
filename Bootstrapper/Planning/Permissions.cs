namespace Sextant.Planning;

/// <summary>The permission bits planned files use; C# has no octal literals.</summary>
public static class Permissions
{
    /// <summary>0644: everybody reads, the owner writes.</summary>
    public const int Public = 0x1A4;

    /// <summary>0755: everybody runs, the owner writes.</summary>
    public const int Executable = 0x1ED;

    /// <summary>0600: the owner alone.</summary>
    public const int Private = 0x180;

    /// <summary>0440: owner and group read.</summary>
    public const int ReadOnly = 0x120;
}
