return await Sextant.Cli.SextantCommand.Create().Parse(args).InvokeAsync().ConfigureAwait(false);
