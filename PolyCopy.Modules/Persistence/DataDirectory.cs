namespace PolyCopy.Modules.Persistence;

/// <summary>The folder of everything the host keeps on disk (Data:Path): polycopy.db, simulator.journal, master key. Relative paths are below the root.</summary>
public sealed class DataDirectory
{
    public DataDirectory(string? configured)
    {
        Path = System.IO.Path.GetFullPath(string.IsNullOrWhiteSpace(configured) ? "data" : configured, Root);
    }

    /// <summary>The repository when run from a clone (the folder of PolyCopy.sln), else the folder of the program.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Absolute path; made on first use.</summary>
    public string Path { get; }

    /// <summary>The absolute path of a file in the folder, which is created.</summary>
    public string File(string name)
    {
        Directory.CreateDirectory(Path);
        return System.IO.Path.Combine(Path, name);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "PolyCopy.sln")))
                return folder.FullName;
        return AppContext.BaseDirectory;
    }
}
